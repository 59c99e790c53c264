package table

import (
	"regexp"
	"strings"
)

// loosen separates what Markdown would take for one table: text copied from a page has no empty
// lines between a table, the sentence below it and the next table, and often no delimiter row. The
// lines of the file are kept; empty lines and delimiter rows are inserted. from has the line in the
// file of each line; title is the title in the front matter.
func loosen(text string) (loose, title string, from []int) {
	l := &loosener{lines: strings.Split(text, "\n")}
	l.matter()
	for l.at < len(l.lines) {
		l.next()
	}
	return strings.Join(l.out, "\n"), l.title, l.from
}

type loosener struct {
	lines []string
	at    int
	out   []string
	from  []int
	title string // in the front matter
}

var titleLine = regexp.MustCompile(`^title:\s*["']?(.*?)["']?\s*$`)

func (l *loosener) put(line string, from int) {
	l.out = append(l.out, line)
	l.from = append(l.from, from+1)
}

// blank inserts an empty line.
func (l *loosener) blank() {
	if n := len(l.out); n > 0 && strings.TrimSpace(l.out[n-1]) != "" {
		l.put("", l.at)
	}
}

// matter skips the front matter, between lines of three dashes.
func (l *loosener) matter() {
	if strings.TrimRight(l.lines[0], " ") != "---" {
		return
	}
	for i := 1; i < len(l.lines); i++ {
		if strings.TrimRight(l.lines[i], " ") == "---" {
			for ; l.at <= i; l.at++ {
				if m := titleLine.FindStringSubmatch(l.lines[l.at]); m != nil {
					l.title = m[1]
				}
				l.put("", l.at)
			}
			return
		}
	}
}

var fence = regexp.MustCompile("^ {0,3}(```+|~~~+)")

func (l *loosener) next() {
	line := l.lines[l.at]
	if m := fence.FindStringSubmatch(line); m != nil {
		l.code(m[1])
		return
	}
	if !isRow(line) {
		l.put(line, l.at)
		l.at++
		return
	}
	end := l.at
	for end < len(l.lines) && isRow(l.lines[end]) {
		end++
	}
	l.run(end)
}

// code copies a block of code unchanged.
func (l *loosener) code(mark string) {
	l.put(l.lines[l.at], l.at)
	for l.at++; l.at < len(l.lines); l.at++ {
		l.put(l.lines[l.at], l.at)
		if line := strings.TrimSpace(l.lines[l.at]); strings.HasPrefix(line, mark) && strings.Trim(line, mark[:1]) == "" {
			l.at++
			return
		}
	}
}

// isRow reports whether a line has a pipe that separates cells.
func isRow(line string) bool {
	if strings.HasPrefix(strings.TrimSpace(line), ">") {
		return false
	}
	return countPipes(line) > 0
}

func countPipes(line string) int {
	n := 0
	for i := range len(line) {
		if line[i] == '|' && (i == 0 || line[i-1] != '\\') {
			n++
		}
	}
	return n
}

// countCells returns how many cells Markdown sees in a line.
func countCells(line string) int {
	line = strings.TrimSpace(line)
	line = strings.TrimPrefix(line, "|")
	n := countPipes(line)
	if !strings.HasSuffix(line, "|") || strings.HasSuffix(line, `\|`) {
		n++
	}
	return n
}

var dashes = regexp.MustCompile(`^\s*\|?\s*:?-+:?\s*(\|\s*:?-+:?\s*)*\|?\s*$`)

// run writes lines with pipes as tables: each delimiter row has its header above it.
func (l *loosener) run(end int) {
	headers := []int{}
	for i := l.at + 1; i < end; i++ {
		if dashes.MatchString(l.lines[i]) && !dashes.MatchString(l.lines[i-1]) {
			headers = append(headers, i-1)
		}
	}
	if len(headers) == 0 || headers[0] > l.at {
		first := end
		if len(headers) > 0 {
			first = headers[0]
		}
		l.bare(first)
	}
	for i, h := range headers {
		stop := end
		if i+1 < len(headers) {
			stop = headers[i+1]
		}
		l.table(h, h+2, stop)
	}
	l.blank()
}

// bare writes rows without a delimiter row; the first is their header. A single line is text.
func (l *loosener) bare(end int) {
	if end-l.at == 1 {
		l.put(l.lines[l.at], l.at)
		l.at = end
		return
	}
	l.table(l.at, l.at+1, end)
}

// table writes a header, dashes for as many cells, and rows.
func (l *loosener) table(header, rows, end int) {
	l.blank()
	l.put(l.lines[header], header)
	line := strings.Repeat("|---", max(1, countCells(l.lines[header]))) + "|"
	indent := len(l.lines[header]) - len(strings.TrimLeft(l.lines[header], " "))
	l.put(l.lines[header][:indent]+line, header)
	for i := rows; i < end; i++ {
		l.put(l.lines[i], i)
	}
	l.at = end
}
