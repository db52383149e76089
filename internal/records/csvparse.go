package records

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"

	"askflow/internal/source"
)

// csvParser cuts a CSV file into rows and cells. A row without quotes, the usual one, is cut by searching for bytes,
// which is several times faster than looking at each.
type csvParser struct {
	file      string
	w         *window
	delimiter byte
	cells     []cell
	line      int // where the row starts
	raw       []byte
	done      bool
}

// cell is a span of the row's bytes, without its quotes.
type cell struct {
	start, end int
	escaped    bool // holds doubled quotes or carriage returns
}

// errMore says that the row does not end in what is in memory.
var errMore = errors.New("more")

// next reads a row that is not blank. The cells point into raw and live until the next call.
func (p *csvParser) next() error {
	for {
		if p.done {
			return io.EOF
		}
		n, err := p.row()
		if errors.Is(err, errMore) {
			if len(p.w.bytes()) > MaxRecord {
				p.done = true
				return p.recordTooLarge()
			}
			p.w.more()
			continue
		}
		if broken := p.w.broken(); broken != nil && (errors.Is(err, io.EOF) || err == nil && n == len(p.w.bytes())) {
			err = broken // what looks like the last row may be half of one
		}
		if err == nil && n > MaxRecord {
			err = p.recordTooLarge()
		}
		if err != nil {
			p.done = true
			return err
		}
		p.line = p.w.line
		p.raw = p.w.bytes()[:n]
		blank := len(bytes.TrimRight(p.raw, "\r\n")) == 0
		p.skip(n)
		if !blank {
			return nil
		}
	}
}

func (p *csvParser) skip(n int) {
	if bytes.IndexByte(p.raw, '\n') == n-1 {
		p.w.consumeLine(n)
		return
	}
	p.w.consume(n)
}

// row cuts the cells of the row at the start of the window and returns its length with the line's end.
func (p *csvParser) row() (int, error) {
	data := p.w.bytes()
	p.cells = p.cells[:0]
	atEnd := p.w.err != nil
	if len(data) == 0 {
		if atEnd {
			return 0, io.EOF
		}
		return 0, errMore
	}
	end := bytes.IndexByte(data, '\n')
	if end < 0 && !atEnd && len(data) < MaxCell {
		return 0, errMore
	}
	if end < 0 || end > MaxCell || bytes.IndexByte(data[:end], '"') >= 0 {
		return p.careful(data, atEnd)
	}
	line := data[:end]
	if n := len(line); n > 0 && line[n-1] == '\r' {
		line = line[:n-1]
	}
	start := 0
	for {
		i := bytes.IndexByte(line[start:], p.delimiter)
		if i < 0 {
			break
		}
		p.cells = append(p.cells, cell{start: start, end: start + i})
		start += i + 1
	}
	p.cells = append(p.cells, cell{start: start, end: len(line)})
	return end + 1, nil
}

// careful cuts a row that has quotes, or is the last, or is suspiciously long.
func (p *csvParser) careful(data []byte, atEnd bool) (int, error) {
	at := 0
	for {
		var next int
		var err error
		if at < len(data) && data[at] == '"' {
			next, err = p.quoted(data, at, atEnd)
		} else {
			next, err = p.plain(data, at, atEnd)
		}
		if err != nil {
			return 0, err
		}
		if len(p.cells) > MaxColumns {
			line, col := p.at(data, at)
			return 0, problemAt(p.file, line, col, "too_many_cells", fmt.Sprintf("the row has more than %d cells", MaxColumns), "")
		}
		if next >= len(data) || data[next] == '\n' {
			return min(next+1, len(data)), nil
		}
		if data[next] == '\r' { // only before a line feed, or at the very end
			return min(next+2, len(data)), nil
		}
		at = next + 1
	}
}

// plain cuts a cell without quotes and returns where it ends.
func (p *csvParser) plain(data []byte, start int, atEnd bool) (int, error) {
	rest := data[start:]
	if len(rest) > MaxCell+1 {
		rest = rest[:MaxCell+1]
	}
	i := bytes.IndexByte(rest, '\n')
	if i >= 0 {
		rest = rest[:i]
	}
	end := start + len(rest)
	if j := bytes.IndexByte(rest, p.delimiter); j >= 0 {
		end = start + j
	} else if i < 0 {
		if len(rest) > MaxCell {
			return 0, p.tooLarge(data, start, "")
		}
		if !atEnd {
			return 0, errMore
		}
	}
	last := end
	if (end == len(data) || data[end] == '\n') && last > start && data[last-1] == '\r' {
		last--
	}
	p.cells = append(p.cells, cell{start: start, end: last})
	return end, nil
}

// quoted cuts a cell in quotes and returns where it ends.
func (p *csvParser) quoted(data []byte, start int, atEnd bool) (int, error) {
	c := cell{start: start + 1}
	var err error
	if c.end, c.escaped, err = p.closing(data, start, atEnd); err != nil {
		return 0, err
	}
	c.escaped = c.escaped || bytes.IndexByte(data[c.start:c.end], '\r') >= 0
	p.cells = append(p.cells, c)
	at := c.end + 1
	switch {
	case at == len(data), data[at] == p.delimiter, data[at] == '\n':
		return at, nil
	case data[at] != '\r':
	case at+1 == len(data) && !atEnd:
		return 0, errMore
	case at+1 == len(data), data[at+1] == '\n':
		return at, nil
	}
	line, col := p.at(data, at)
	r, _ := utf8.DecodeRune(data[at:])
	return 0, problemAt(p.file, line, col, "text_after_quote",
		fmt.Sprintf("after the closing quote of a cell stands %q, but the cell must end there", r),
		"a quote inside a quoted cell is written twice")
}

// closing finds the quote that closes the cell whose opening one stands at start.
func (p *csvParser) closing(data []byte, start int, atEnd bool) (end int, doubled bool, err error) {
	for at := start + 1; ; at += 2 {
		i := bytes.IndexByte(data[at:], '"')
		if reached := i + at; i < 0 && len(data)-start-1 > MaxCell || i >= 0 && reached-start-1 > MaxCell {
			return 0, false, p.tooLarge(data, start, "is its closing quote missing?")
		}
		if i < 0 {
			return 0, false, p.unclosed(data, start, atEnd)
		}
		at += i
		if at+1 == len(data) && !atEnd {
			return 0, false, errMore
		}
		if at+1 == len(data) || data[at+1] != '"' {
			return at, doubled, nil
		}
		doubled = true
	}
}

// unclosed says why a closing quote is not there: it may be still to come, or never.
func (p *csvParser) unclosed(data []byte, start int, atEnd bool) error {
	if !atEnd {
		return errMore
	}
	if broken := p.w.broken(); broken != nil {
		return broken
	}
	line, col := p.at(data, start)
	return problemAt(p.file, line, col, "unclosed_quote", "the quote that opens here is never closed",
		"put a quote at the end of the cell; a quote inside a quoted cell is written twice")
}

func (p *csvParser) recordTooLarge() error {
	return problemAt(p.file, p.w.line, p.w.col, "record_too_large",
		fmt.Sprintf("the record that starts here is larger than %d MiB", MaxRecord>>20), "is a line break or a closing quote missing?")
}

func (p *csvParser) tooLarge(data []byte, start int, hint string) error {
	line, col := p.at(data, start)
	return problemAt(p.file, line, col, "cell_too_large", fmt.Sprintf("the cell that starts here is larger than %d MiB", MaxCell>>20), hint)
}

// at is the place of a byte of the row that stands at the start of the window.
func (p *csvParser) at(data []byte, offset int) (line, col int) {
	return place(p.w.line, p.w.col, data[:offset])
}

// where is the place of a cell of the row that was read.
func (p *csvParser) where(i int) (line, col int) {
	start := min(p.cells[i].start, len(p.raw))
	if start > 0 && p.raw[start-1] == '"' {
		start--
	}
	return place(p.line, 1, p.raw[:start])
}

// value appends the text of a cell: doubled quotes become one, and CR LF becomes LF, so that a file means the same
// however its lines end.
func (p *csvParser) value(dst []byte, c cell) []byte {
	raw := p.raw[c.start:c.end]
	if !c.escaped {
		return append(dst, raw...)
	}
	for i := 0; i < len(raw); i++ {
		if raw[i] == '"' || raw[i] == '\r' && i+1 < len(raw) && raw[i+1] == '\n' {
			i++
		}
		dst = append(dst, raw[min(i, len(raw)-1)])
	}
	return dst
}

// problem is an error at a cell of the row that was read.
func (p *csvParser) problem(i int, code, message, hint string) source.Problem {
	line, col := p.where(i)
	return problemAt(p.file, line, col, code, message, hint)
}
