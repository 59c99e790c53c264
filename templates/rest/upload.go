package rest

import (
	"errors"
	"fmt"
	"io"
	"sync"
)

// upload is one reading of a payload. Close waits for a Read under way, and no Read follows it.
type upload struct {
	mu      sync.Mutex
	content io.Reader
}

// Read reads the content until Close.
func (u *upload) Read(b []byte) (int, error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.content == nil {
		return 0, errors.New("the upload was given up")
	}
	return u.content.Read(b)
}

// Close ends the upload; the caller's reader stays open.
func (u *upload) Close() error {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.content = nil
	return nil
}

// source is a caller's reader and its properties.
type source struct {
	reader io.Reader
	seeker io.Seeker // nil if it can be read only once
	start  int64
	length int64 // -1 when unknown
}

// measure finds out whether a reader can be read again and how much it holds. A seeker's own word
// beats length.
func measure(reader io.Reader, length int64) source {
	s := source{reader: reader, length: length}
	if b, ok := reader.(interface{ Len() int }); ok {
		s.length = int64(b.Len())
	}
	seeker, ok := reader.(io.Seeker)
	if !ok {
		return s
	}
	// A pipe that is an *os.File has the method but cannot seek.
	start, err := seeker.Seek(0, io.SeekCurrent)
	if err != nil {
		return s
	}
	end, err := seeker.Seek(0, io.SeekEnd)
	if err != nil {
		return s
	}
	if _, err := seeker.Seek(start, io.SeekStart); err != nil {
		return s
	}
	s.seeker, s.start, s.length = seeker, start, max(end-start, 0)
	return s
}

// open returns the reader at its start.
func (s *source) open() (io.Reader, error) {
	if s.seeker != nil {
		if _, err := s.seeker.Seek(s.start, io.SeekStart); err != nil {
			return nil, err
		}
	}
	return s.reader, nil
}

func sizeError(name string, said, has int64) error {
	return fmt.Errorf("file %s: its Size is %d, and its content has %d bytes", name, said, has)
}

// sizedReader fails where its content is not as long as was announced.
type sizedReader struct {
	io.Reader

	name       string
	size, left int64
}

// Read reads the content.
func (s *sizedReader) Read(b []byte) (int, error) {
	n, err := s.Reader.Read(b)
	s.left -= int64(n)
	switch {
	case s.left < 0:
		return 0, fmt.Errorf("file %s: its content is longer than its Size, %d", s.name, s.size)
	case s.left > 0 && errors.Is(err, io.EOF):
		return n, sizeError(s.name, s.size, s.size-s.left)
	}
	return n, err
}
