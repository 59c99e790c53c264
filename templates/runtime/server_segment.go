package runtime

// capturable reports whether a segment can hold a parameter. An empty one cannot, nor "." and ".."
// however they are encoded: behind a handler they would name another resource.
func capturable(segment string) bool {
	dots := 0
	for i := 0; i < len(segment); {
		c, size := segmentByte(segment, i)
		if c != '.' {
			return true
		}
		i += size
		if dots++; dots > 2 {
			return true
		}
	}
	return false
}

// matchMixed matches a segment that has literal text and parameters, and appends the parameters' raw values.
// A parameter is not empty and takes as little as it can. To take the first place where the next text stands
// leaves the most room for the rest, so nothing is ever tried twice, however long the segment is.
func matchMixed(texts []string, segment string, values []string) ([]string, bool) {
	at, ok := matchText(texts[0], segment, 0)
	if !ok {
		return values, false
	}
	last := len(texts) - 1
	for _, text := range texts[1:last] {
		begin := at
		for ok = false; !ok; {
			if at >= len(segment) {
				return values, false
			}
			_, size := segmentByte(segment, at)
			at += size
			if end, found := matchText(text, segment, at); found {
				values, at, ok = append(values, segment[begin:at]), end, true
			}
		}
	}
	end, ok := matchEnd(texts[last], segment)
	if !ok || end <= at {
		return values, false
	}
	return append(values, segment[at:end]), true
}

// matchEnd matches literal text with the end of a percent-encoded segment, and gives the offset where it begins.
func matchEnd(text, segment string) (int, bool) {
	at := len(segment)
	for i := len(text) - 1; i >= 0; i-- {
		if at == 0 {
			return 0, false
		}
		size := 1
		if at >= 3 {
			if _, n := segmentByte(segment[:at], at-3); n == 3 {
				size = 3
			}
		}
		if c, _ := segmentByte(segment[:at], at-size); c != text[i] {
			return 0, false
		}
		at -= size
	}
	return at, true
}

// matchText matches literal text with the percent-encoded segment at an offset.
func matchText(text, segment string, at int) (int, bool) {
	for i := 0; i < len(text); i++ {
		if at >= len(segment) {
			return 0, false
		}
		c, size := segmentByte(segment, at)
		if c != text[i] {
			return 0, false
		}
		at += size
	}
	return at, true
}

// segmentByte gives the decoded byte at an offset, and how much of the segment spells it.
// A percent sign without its two digits stands for itself.
func segmentByte(segment string, at int) (byte, int) {
	c := segment[at]
	if c == '%' && at+2 < len(segment) {
		high, low := hexDigit(segment[at+1]), hexDigit(segment[at+2])
		if high < 16 && low < 16 {
			return high<<4 | low, 3
		}
	}
	return c, 1
}

// hexDigit gives a digit's value, or 255.
func hexDigit(c byte) byte {
	switch {
	case '0' <= c && c <= '9':
		return c - '0'
	case 'a' <= c && c <= 'f':
		return c - 'a' + 10
	case 'A' <= c && c <= 'F':
		return c - 'A' + 10
	}
	return 255
}
