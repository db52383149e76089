package records

import (
	"errors"
	"io"
)

// window is the part of a file that is in memory: from the start of the record being read to wherever reading went.
type window struct {
	in    io.Reader
	buf   []byte
	start int // of what is not consumed
	end   int
	// line and col of start.
	line, col int
	track     *tracker // follows where in the file start is; nil for none
	err       error    // why there is no more, io.EOF at the end of the file
}

func newWindow(in io.Reader) *window {
	w := &window{in: in, buf: make([]byte, blockSize), line: 1, col: 1}
	if t, ok := in.(*textReader); ok {
		w.line, w.col, w.track = t.line, t.col, t.track
	}
	return w
}

// bytes is what is in memory and not consumed.
func (w *window) bytes() []byte { return w.buf[w.start:w.end] }

// more reads on, making room first; it answers false when there is no more. Slices taken from the window before are
// void after it.
func (w *window) more() bool {
	if w.err != nil {
		return false
	}
	if w.start > 0 {
		w.end = copy(w.buf, w.buf[w.start:w.end])
		w.start = 0
	}
	if w.end == len(w.buf) {
		bigger := make([]byte, 2*len(w.buf))
		copy(bigger, w.buf[:w.end])
		w.buf = bigger
	}
	before := w.end
	for w.end < len(w.buf) && w.err == nil { // to the brim, so that rescanning stays rare
		var n int
		n, w.err = w.in.Read(w.buf[w.end:])
		w.end += n
	}
	return w.end > before
}

// broken is the error that ended reading early, nil at the true end of the file.
func (w *window) broken() error {
	if w.err == nil || errors.Is(w.err, io.EOF) {
		return nil
	}
	return w.err
}

// consume moves over n bytes.
func (w *window) consume(n int) {
	if w.track != nil {
		w.track.advance(w.buf[w.start : w.start+n])
	}
	w.line, w.col = place(w.line, w.col, w.buf[w.start:w.start+n])
	w.start += n
}

// consumeLine moves over n bytes of which the last is the only line feed.
func (w *window) consumeLine(n int) {
	if w.track != nil {
		w.track.advance(w.buf[w.start : w.start+n])
	}
	w.line++
	w.col = 1
	w.start += n
}
