package reference

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// diagram is a small picture of which operations use which counters: operations on the left,
// counters on the right. Lengths are in CSS pixels; the picture is as narrow as a phone, so that
// its text is never scaled down.
type diagram struct {
	ID            string
	Width, Height int
	Alt           string
	Boxes         []box
	Lines         []string // SVG paths
	Counters      []box
	Caption       string
	CaptionX      int
	CaptionY      int
}

// box is a rectangle with one or two lines of text.
type box struct {
	X, Y, Width, Height int
	TextX, TextY, NoteY int
	Text, Note          string
	More                bool
}

const (
	pictureWidth  = 340
	boxWidth      = 206
	boxHeight     = 28
	step          = 36
	counterX      = 246
	counterWidth  = pictureWidth - counterX
	counterHeight = 44
	shown         = 5  // operations that are drawn
	fits          = 26 // characters in a box
)

func newDiagram(l *published) *diagram {
	names, more := drawn(l)
	if len(names) == 0 {
		return nil
	}
	d := &diagram{ID: l.ID + "-diagram", Width: pictureWidth, Alt: alternative(l)}
	for i, name := range names {
		y := 1 + i*step
		d.Boxes = append(d.Boxes, box{
			X: 1, Y: y, Width: boxWidth, Height: boxHeight, TextX: 11, TextY: y + 18, Text: cut(name, fits),
			More: more > 0 && i == len(names)-1,
		})
	}
	if d.Height = len(names)*step - step + boxHeight + 2; !l.Own {
		d.Height = max(d.Height, counterHeight+2)
	}
	if l.Own {
		for _, b := range d.Boxes {
			d.connect(b, counter(l.Rate, "", b.Y, boxHeight))
		}
		d.Caption, d.CaptionX, d.CaptionY = ownNote(l), counterX+counterWidth/2, d.Height+14
		d.Height += 18
		return d
	}
	pool := counter(l.Rate, poolNote(l), (d.Height-counterHeight)/2, counterHeight)
	if len(d.Boxes) == 1 {
		d.Boxes[0].Y += (counterHeight - boxHeight) / 2
		d.Boxes[0].TextY += (counterHeight - boxHeight) / 2
	}
	for i, b := range d.Boxes {
		d.line(b, pool)
		if i == 0 {
			d.Counters = append(d.Counters, pool)
		}
	}
	return d
}

// drawn returns the names in the picture, and how many operations are left out, which the last name
// mentions.
func drawn(l *published) (names []string, more int) {
	counters := make(map[string]int)
	for _, u := range l.Uses {
		counter := u.Row.Method + " " + u.Row.Path
		if i, ok := counters[counter]; ok && l.Own {
			names[i] += ", " + u.Row.Name // variants share their operation's counter
			continue
		}
		counters[counter] = len(names)
		names = append(names, u.Row.Name)
	}
	if len(names) <= shown+1 {
		return names, 0
	}
	more = len(names) - shown
	return append(names[:shown:shown], fmt.Sprintf("and %d more", more)), more
}

func counter(text, note string, y, height int) box {
	b := box{
		X: counterX, Y: y, Width: counterWidth - 1, Height: height, TextX: counterX + counterWidth/2,
		Text: cut(text, 13), Note: note,
	}
	b.TextY = y + height/2 + 4
	if note != "" {
		b.TextY, b.NoteY = y+19, y+35
	}
	return b
}

func (d *diagram) connect(from, to box) {
	d.line(from, to)
	d.Counters = append(d.Counters, to)
}

// line draws from the right side of a box to the left side of a counter.
func (d *diagram) line(from, to box) {
	x1, y1 := from.X+from.Width, from.Y+from.Height/2
	x2, y2 := to.X, to.Y+to.Height/2
	middle := (x1 + x2) / 2
	d.Lines = append(d.Lines, fmt.Sprintf("M%d %dC%d %d %d %d %d %d", x1, y1, middle, y1, middle, y2,
		x2, y2))
}

func poolNote(l *published) string {
	if len(l.Key) == 1 && l.Key[0].Code {
		return cut("per "+l.Key[0].Text, 14)
	}
	return "one counter"
}

// ownNote is the note below counters that each operation has separately.
func ownNote(l *published) string {
	for _, w := range l.Key {
		if w.Code && w.Text != "operation" {
			return cut("each per "+w.Text, 16)
		}
	}
	return "one each"
}

// alternative describes the picture in words.
func alternative(l *published) string {
	names := make([]string, len(l.Uses))
	for i, u := range l.Uses {
		names[i] = u.Row.Name
	}
	text := strings.Join(names[:min(len(names), listed)], ", ")
	if more := len(names) - listed; more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	switch {
	case len(names) == 1:
		return fmt.Sprintf("%s draws on one counter of %s.", text, l.Sentence())
	case l.Own:
		return fmt.Sprintf("Each of %s draws on a counter of its own, of %s.", text, l.Sentence())
	}
	return fmt.Sprintf("%s draw on one counter of %s.", text, l.Sentence())
}

func cut(s string, most int) string {
	if utf8.RuneCountInString(s) <= most {
		return s
	}
	return string([]rune(s)[:most-1]) + "…"
}
