package limit

import (
	"regexp"
	"strconv"
	"strings"
)

var (
	timeText    = regexp.MustCompile(`^\s*([0-9]*)\s*([A-Za-z]*)\s*$`)
	isoDuration = regexp.MustCompile(`^P(?:([0-9]+)D)?(?:T(?:([0-9]+)H)?(?:([0-9]+)M)?(?:([0-9]+)S)?)?$`)
	timeUnits   = map[string]int64{
		"s": 1000, "sec": 1000, "second": 1000, "m": 60_000, "min": 60_000, "minute": 60_000,
		"h": 3_600_000, "hr": 3_600_000, "hour": 3_600_000, "d": 86_400_000, "day": 86_400_000,
		"w": 7 * 86_400_000, "week": 7 * 86_400_000, "ms": 1, "msec": 1, "milli": 1, "millisecond": 1,
	}
)

// windowOf writes a time as a window is written here; "" if that cannot be. word is the key that
// it stands under, which may say the unit.
func windowOf(text, word string) string {
	if m := isoDuration.FindStringSubmatch(text); m != nil && len(text) > 2 {
		total := int64(0)
		for i, unit := range []int64{86400, 3600, 60, 1} {
			n, _ := strconv.ParseInt(or(m[i+1], "0"), 10, 32)
			total += n * unit
		}
		return window(total * 1000)
	}
	m := timeText.FindStringSubmatch(strings.TrimPrefix(strings.ToLower(text), "per "))
	if m == nil || m[1] == "" && m[2] == "" {
		return ""
	}
	n, err := strconv.ParseInt(or(m[1], "1"), 10, 32)
	if err != nil {
		return ""
	}
	unit := timeUnits[m[2]]
	if unit == 0 {
		unit = timeUnits[strings.TrimSuffix(m[2], "s")]
	}
	switch {
	case m[2] == "" && strings.HasSuffix(word, "ms"):
		unit = 1
	case m[2] == "" && strings.Contains(word, "minute"):
		unit = 60_000
	case m[2] == "" && strings.Contains(word, "hour"):
		unit = 3_600_000
	case m[2] == "":
		unit = 1000
	}
	if kept := strings.TrimLeft(m[1], "0"); unit != 0 && unit%1000 == 0 && kept != "" {
		if letter := map[int64]string{1000: "s", 60_000: "m", 3_600_000: "h", 86_400_000: "d"}[unit]; letter != "" && n*unit/1000 <= 1000*86400 {
			return kept + letter
		}
	}
	return window(n * unit)
}

// window writes milliseconds as a window; "" if they are none.
func window(ms int64) string {
	seconds := ms / 1000
	if ms <= 0 || ms%1000 != 0 || seconds > 1000*86400 {
		return ""
	}
	for _, u := range []struct {
		letter  string
		seconds int64
	}{{"d", 86400}, {"h", 3600}, {"m", 60}} {
		if seconds == u.seconds {
			return "1" + u.letter
		}
	}
	return strconv.FormatInt(seconds, 10) + "s"
}
