package convert

import (
	"regexp"
	"strconv"
	"strings"
	"time"
)

// whole reads a positive integer; 0 for another text.
func whole(text string) int64 {
	n, err := strconv.ParseInt(strings.TrimSpace(text), 10, 64)
	if err != nil || n < 1 || n > 1<<40 {
		return 0
	}
	return n
}

// units are the windows of other tools' units, by their first letters.
var units = []struct {
	prefix  string
	seconds int64
}{{"s", 1}, {"mi", 60}, {"h", 3600}, {"d", 86400}}

// unitWindow returns the window of n units such as second, MINUTE or hours; "" for other units,
// including months.
func unitWindow(n int64, unit string) string {
	unit = strings.ToLower(strings.TrimSpace(unit))
	if unit == "m" {
		unit = "minute"
	}
	for _, u := range units {
		if n > 0 && n <= 1000*86400/u.seconds && strings.HasPrefix(unit, u.prefix) {
			return seconds(n * u.seconds)
		}
	}
	return ""
}

// seconds writes a window in the largest unit of which it is a multiple.
func seconds(n int64) string {
	for _, u := range []struct {
		letter  string
		seconds int64
	}{{"d", 86400}, {"h", 3600}, {"m", 60}} {
		if n%u.seconds == 0 {
			return strconv.FormatInt(n/u.seconds, 10) + u.letter
		}
	}
	return strconv.FormatInt(n, 10) + "s"
}

// duration returns a duration as Go writes it, as a window; "" if that is not whole seconds.
func duration(text string) string {
	if n := whole(text); n > 0 {
		return unitWindow(n, "s")
	}
	d, err := time.ParseDuration(text)
	if err != nil || d%time.Second != 0 {
		return ""
	}
	return unitWindow(int64(d/time.Second), "s")
}

var rateForm = regexp.MustCompile(`^\s*([0-9]+)\s*/\s*([0-9]*)\s*([A-Za-z]+)\s*$`)

// rate reads "350/s" and "10/1min".
func rate(text string) (quota int64, window string) {
	m := rateForm.FindStringSubmatch(text)
	if m == nil {
		return 0, ""
	}
	n := int64(1)
	if m[2] != "" {
		n = whole(m[2])
	}
	return whole(m[1]), unitWindow(n, m[3])
}
