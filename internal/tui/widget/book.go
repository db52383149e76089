package widget

import (
	"strings"
	"unicode/utf8"

	"askflow/internal/tui/text"
)

// segment is about how many bytes of a line without an end are laid out at once.
const segment = 8192

// book finds rows in a text without looking through all of it. The text is cut into segments: at line breaks, and where there is
// none for long, near every multiple of the constant segment. Whether a segment begins at a byte is seen from the bytes around it
// alone, so that rows are found from anywhere, forwards and backwards, in time that does not depend on the text's length.
type book struct {
	raw   string
	width int
	flat  bool
	rows  map[int][]int // of segments laid out lately, by their beginning
}

const rememberSegments = 256

func (b *book) shape(width int, flat bool) {
	if b.width != width || b.flat != flat {
		b.width, b.flat = width, flat
		b.forget()
	}
}

func (b *book) forget() { b.rows = nil }

// forced gives the byte near the k-th multiple of segment at which a line without an end is cut; false when a line ends near.
func (b *book) forced(k int) (int, bool) {
	const near = 256
	from := k * segment
	if k <= 0 || from >= len(b.raw) {
		return 0, false
	}
	at := from
	if i := strings.IndexByte(b.raw[from:min(len(b.raw), from+near)], ' '); i >= 0 {
		at = from + i + 1
	} else {
		for at < len(b.raw) && at < from+near && (!utf8.RuneStart(b.raw[at]) || b.marked(at)) {
			at++
		}
	}
	if at >= len(b.raw) || strings.IndexByte(b.raw[from-segment/2:at], '\n') >= 0 {
		return 0, false
	}
	return at, true
}

// marked tells that what stands at a byte belongs to the letter before it.
func (b *book) marked(at int) bool {
	ch, _ := utf8.DecodeRuneInString(b.raw[at:min(len(b.raw), at+utf8.UTFMax)])
	if ch < 0x300 {
		return false
	}
	r := text.Read("a" + string(ch))
	return r.Next() && r.End > 1
}

// after is the beginning of the segment that follows the one that begins at start; the length of the text when there is none.
func (b *book) after(start int) int {
	limit := min(len(b.raw), start+3*segment)
	end := limit
	if i := strings.IndexByte(b.raw[start:limit], '\n'); i >= 0 {
		end = start + i + 1
	}
	for k := start/segment + 1; k*segment < end; k++ {
		if at, ok := b.forced(k); ok && at > start && at < end {
			return at
		}
	}
	return end
}

// segmentOf is the beginning of the segment in which a byte lies.
func (b *book) segmentOf(at int) int {
	if at >= len(b.raw) {
		at = len(b.raw) - 1
	}
	if at <= 0 {
		return 0
	}
	low := max(0, at-3*segment)
	start := low
	if i := strings.LastIndexByte(b.raw[low:at], '\n'); i >= 0 {
		start = low + i + 1
	}
	for k := at / segment; k > 0 && k*segment > start; k-- {
		if p, ok := b.forced(k); ok && p <= at && p > start {
			return p
		}
	}
	return start
}

// starts are the beginnings of the rows of a segment.
func (b *book) starts(start int) []int {
	if rows, ok := b.rows[start]; ok {
		return rows
	}
	rows := []int{start}
	if !b.flat {
		line := strings.TrimSuffix(strings.TrimSuffix(b.raw[start:b.after(start)], "\n"), "\r")
		for _, at := range text.Breaks(line, b.width) {
			rows = append(rows, start+at)
		}
	}
	if b.rows == nil || len(b.rows) >= rememberSegments {
		b.rows = map[int][]int{}
	}
	b.rows[start] = rows
	return rows
}

// row is the beginning of the row in which a byte lies.
func (b *book) row(at int) int {
	if b.raw == "" {
		return 0
	}
	at = min(at, len(b.raw)-1)
	out := 0
	for _, row := range b.starts(b.segmentOf(at)) {
		if row > at {
			break
		}
		out = row
	}
	return out
}

// next is the beginning of the row behind the one that begins at a byte; false at the end.
func (b *book) next(at int) (int, bool) {
	if at >= len(b.raw) {
		return 0, false
	}
	start := b.segmentOf(at)
	for _, row := range b.starts(start) {
		if row > at {
			return row, true
		}
	}
	after := b.after(start)
	return after, after < len(b.raw)
}

// before is the beginning of the row before the one that begins at a byte; false at the beginning.
func (b *book) before(at int) (int, bool) {
	if at <= 0 || b.raw == "" {
		return 0, false
	}
	return b.row(at - 1), true
}
