package rest

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"iter"
	"mime"
	"net/http"
	"strings"
)

// An Event is one of a stream of server-sent events.
type Event struct {
	Type string // "message" unless the server sets another
	ID   string // the last one that the server gave
	Data string
}

// longestEvent bounds a line of a stream of server-sent events. Values of JSON in other streams
// have no bound.
const longestEvent = 16 << 20

// Events reads a body of server-sent events, one after the other as they come in, and closes it at
// the end of the loop. It stops at the first error, which it yields.
func Events(s *Stream) iter.Seq2[Event, error] {
	return func(yield func(Event, error) bool) {
		defer func() { _ = s.Body.Close() }()
		lines := bufio.NewScanner(s.Body)
		lines.Buffer(nil, longestEvent)
		lines.Split(eventLines())
		event, data := Event{}, []string(nil)
		for lines.Scan() {
			line := lines.Text()
			if line == "" { // the end of an event
				if data != nil {
					event.Data = strings.Join(data, "\n")
					if event.Type == "" {
						event.Type = "message"
					}
					if !yield(event, nil) {
						return
					}
				}
				event, data = Event{ID: event.ID}, nil
				continue
			}
			name, value, _ := strings.Cut(line, ":")
			value = strings.TrimPrefix(value, " ")
			switch name {
			case "event":
				event.Type = value
			case "data":
				data = append(data, value)
			case "id":
				event.ID = value
			}
		}
		if err := lines.Err(); err != nil {
			yield(Event{}, err)
		}
	}
}

// eventLines splits at line feeds, carriage returns and both together.
func eventLines() bufio.SplitFunc {
	skipFeed := false // the line before ended in a carriage return
	return func(data []byte, atEOF bool) (int, []byte, error) {
		start := 0
		if skipFeed && len(data) > 0 {
			skipFeed = false
			if data[0] == '\n' {
				start = 1
			}
		}
		end := bytes.IndexAny(data[start:], "\r\n")
		if end < 0 {
			if atEOF && len(data) > start {
				return len(data), data[start:], nil
			}
			return start, nil, nil
		}
		skipFeed = data[start+end] == '\r'
		return start + end + 1, data[start : start+end], nil
	}
}

// JSONEvents reads a body of JSON values, each a T: the data of server-sent events, or values that
// follow one another, with or without line feeds. An event "[DONE]" ends the stream, as in some
// APIs. It closes the body, and stops at the first error, which it yields.
func JSONEvents[T any](s *Stream) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for text, err := range texts(s) {
			var v T
			if err == nil && text == "[DONE]" {
				return
			}
			if err == nil {
				err = decode([]byte(text), &v)
			}
			if !yield(v, err) || err != nil {
				return
			}
		}
	}
}

// texts returns the data of server-sent events, or the JSON values of other streams.
func texts(s *Stream) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		if media, _, _ := mime.ParseMediaType(s.ContentType); media == "text/event-stream" {
			for event, err := range Events(s) {
				if !yield(event.Data, err) {
					return
				}
			}
			return
		}
		defer func() { _ = s.Body.Close() }()
		for d := json.NewDecoder(s.Body); ; {
			var text json.RawMessage
			err := d.Decode(&text)
			if err == io.EOF || !yield(string(text), err) || err != nil {
				return
			}
		}
	}
}

// live reports whether parts of a stream are useful before it ends.
func live(media string) bool {
	media, params, _ := mime.ParseMediaType(media)
	return params["stream"] != "" || media == "text/event-stream" || strings.Contains(media, "ndjson") || strings.Contains(media, "jsonl") ||
		strings.Contains(media, "json-seq") || media == "application/stream+json"
}

// flushing forwards each part at once.
type flushing struct {
	w     io.Writer
	flush *http.ResponseController
}

func (f flushing) Write(p []byte) (int, error) {
	n, err := f.w.Write(p)
	if err == nil {
		_ = f.flush.Flush() // a writer without Flush needs none
	}
	return n, err
}
