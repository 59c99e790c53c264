package redisstore

import "time"

// departure is a number of units that are busy until a time.
type departure struct {
	at    time.Duration
	units int64
}

// departures are sorted by time. Times are rounded up to a grain, which bounds the length of the
// list whatever the quota; units never come free too early.
type departures struct {
	list  []departure
	total int64
}

func (d *departures) add(at time.Duration, units int64, grain time.Duration) {
	if units <= 0 {
		return
	}
	d.total += units
	at += grain - 1
	at -= at % grain
	i := len(d.list)
	for i > 0 && d.list[i-1].at > at {
		i--
	}
	if i > 0 && d.list[i-1].at == at {
		d.list[i-1].units += units
		return
	}
	d.list = append(d.list, departure{})
	copy(d.list[i+1:], d.list[i:])
	d.list[i] = departure{at, units}
}

// expire removes departures whose time has come.
func (d *departures) expire(now time.Duration) {
	n := 0
	for n < len(d.list) && d.list[n].at <= now {
		d.total -= d.list[n].units
		n++
	}
	if n > 0 {
		d.list = d.list[:copy(d.list, d.list[n:])]
	}
}

// freedBy returns when that many units will have left; units is at most the total.
func (d *departures) freedBy(units int64) time.Duration {
	for _, e := range d.list {
		if units -= e.units; units <= 0 {
			return e.at
		}
	}
	return 0
}

// before returns how many units leave before a time.
func (d *departures) before(at time.Duration) (units int64) {
	for _, e := range d.list {
		if e.at >= at {
			break
		}
		units += e.units
	}
	return units
}

// after returns how many units leave after a time.
func (d *departures) after(at time.Duration) (units int64) {
	for i := len(d.list) - 1; i >= 0 && d.list[i].at > at; i-- {
		units += d.list[i].units
	}
	return units
}

// take removes up to that many units, those that leave soonest first.
func (d *departures) take(units int64) []departure {
	var out []departure
	for units > 0 && len(d.list) > 0 {
		e := &d.list[0]
		n := min(units, e.units)
		out = append(out, departure{e.at, n})
		e.units -= n
		d.total -= n
		units -= n
		if e.units == 0 {
			d.list = d.list[:copy(d.list, d.list[1:])]
		}
	}
	return out
}
