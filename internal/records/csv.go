package records

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"askflow/internal/hubspot"
	"askflow/internal/source"
)

// csvFile reads the rows of a CSV file.
type csvFile struct {
	file    string
	parser  *csvParser
	head    *header
	columns *hubspot.Columns
	found   *findings
	scratch []byte
}

func newCSVFile(objectType, file string, in io.Reader, opt Options, found *findings) (*csvFile, error) {
	p := &csvParser{file: file, w: newWindow(in)}
	if err := p.detect(objectType); err != nil {
		return nil, err
	}
	if err := p.next(); err != nil {
		if errors.Is(err, io.EOF) { // nothing follows "sep=;"
			err = emptyFile(file, "a CSV file starts with a header line")
		}
		return nil, err
	}
	if len(p.cells) > MaxColumns {
		return nil, problemAt(file, p.line, 1, "too_many_cells", fmt.Sprintf("the header has more than %d cells", MaxColumns), "")
	}
	headers, err := p.headers()
	if err != nil {
		return nil, err
	}
	h := headerReader{file: file, objectType: objectType, properties: opt.properties(objectType), owners: newOwners(opt.Users), found: found, where: p.where}
	plan, err := h.read(headers)
	if err != nil {
		return nil, err
	}
	return &csvFile{file: file, parser: p, head: plan, columns: hubspot.NewColumns(plan.names), found: found}, nil
}

// headers gives the cells of the row that was read as text.
func (p *csvParser) headers() ([]string, error) {
	out := make([]string, len(p.cells))
	for i, c := range p.cells {
		text := p.value(nil, c)
		if bytes.IndexByte(text, '\r') >= 0 {
			return nil, p.problem(i, "lone_carriage_return", "the lines of this file end with a carriage return alone",
				"save it with Windows or Unix line ends")
		}
		out[i] = string(text)
	}
	return out, nil
}

// detect finds the delimiter from the header: the one that makes a record id column appear, else the one that gives the
// most columns. A first line "sep=;", as spreadsheets write it, decides.
func (p *csvParser) detect(objectType string) error {
	if err := p.begin(); err != nil {
		return err
	}
	if data := p.w.bytes(); len(data) > 5 && bytes.EqualFold(data[:4], []byte("sep=")) && (data[5] == '\n' || data[5] == '\r') {
		p.delimiter = data[4]
		p.w.consume(bytes.IndexAny(data, "\r\n"))
		return nil
	}
	best, bestScore := byte(','), -1
	var failure error
	for _, d := range []byte{',', ';', '\t'} {
		p.delimiter = d
		cells, err := p.peek()
		if err != nil {
			if failure == nil {
				failure = err
			}
			continue
		}
		score := len(cells)
		if idColumn(objectType, cells) >= 0 {
			score += MaxColumns
		}
		if score > bestScore {
			best, bestScore = d, score
		}
	}
	if bestScore < 0 {
		return failure
	}
	p.delimiter = best
	return nil
}

// begin moves to the first line that is not blank.
func (p *csvParser) begin() error {
	for {
		data := p.w.bytes()
		rest := bytes.TrimLeft(data, "\r\n")
		p.w.consume(len(data) - len(rest))
		ended := p.w.err != nil
		if len(rest) > 8 || len(rest) > 0 && ended {
			return nil
		}
		if p.w.more() {
			continue
		}
		if broken := p.w.broken(); broken != nil {
			return broken
		}
		if len(rest) == 0 {
			return emptyFile(p.file, "a CSV file starts with a header line")
		}
	}
}

// peek cuts the row at the start of the window without consuming it.
func (p *csvParser) peek() ([]string, error) {
	for {
		n, err := p.row()
		switch {
		case errors.Is(err, errMore) && len(p.w.bytes()) > MaxRecord:
			return nil, p.recordTooLarge()
		case errors.Is(err, errMore):
			p.w.more()
			continue
		case err != nil:
			return nil, err
		}
		p.raw = p.w.bytes()[:n]
		out := make([]string, len(p.cells))
		for i, c := range p.cells {
			out[i] = strings.TrimSpace(string(p.value(nil, c)))
		}
		return out, nil
	}
}

func (f *csvFile) seen() ([]string, []hubspot.Property) { return f.head.names, f.head.inferred }

// next reads a record.
func (f *csvFile) next(r *row) error {
	p := f.parser
	if err := p.next(); err != nil {
		return err
	}
	if len(p.cells) != len(f.head.columns) {
		return f.ragged()
	}
	r.reset()
	r.line, r.col, r.columns = p.line, 1, f.columns
	for i := range f.head.columns {
		c := &f.head.columns[i]
		switch c.kind {
		case property, both:
			if c.conv.kind == asText {
				r.text = p.value(r.text, p.cells[i])
			} else {
				r.text = f.convert(r.text, i, c.conv)
			}
			r.ends = append(r.ends, len(r.text))
		}
	}
	for i := range f.head.columns {
		if c := &f.head.columns[i]; c.kind == associated || c.kind == both {
			if err := f.associations(r, i, c); err != nil {
				return err
			}
		}
	}
	return f.readID(r)
}

func (f *csvFile) readID(r *row) error {
	p, i := f.parser, f.head.id
	start := len(r.text)
	r.text = append(r.text, bytes.TrimSpace(f.cell(i))...)
	r.id = span{start, len(r.text)}
	if message, hint := badID(r.idBytes()); message != "" {
		return p.problem(i, "bad_id", message, hint)
	}
	return nil
}

// badID says what is wrong with a record id, "" when nothing is.
func badID(id []byte) (message, hint string) {
	switch {
	case len(id) == 0:
		return "the record has no id", "every record needs one; delete the row if it is empty"
	case len(id) > 100:
		return fmt.Sprintf("the record id %s is longer than 100 bytes", quote(string(id[:min(len(id), 200)]))), "is this the right column?"
	case id[0] >= '0' && id[0] <= '9' && !allDigits(id) && isNumber(bytes.Replace(id, []byte(","), []byte("."), 1)) && bytes.ContainsAny(id, "eE"):
		return fmt.Sprintf("the record id %s is not whole any more: a spreadsheet has shortened it", quote(string(id))),
			"export the file again, and open it with the id column set to text"
	}
	return "", ""
}

// cell gives a cell's text, valid until the next call.
func (f *csvFile) cell(i int) []byte {
	c := f.parser.cells[i]
	if !c.escaped {
		return f.parser.raw[c.start:c.end]
	}
	f.scratch = f.parser.value(f.scratch[:0], c)
	return f.scratch
}

func (f *csvFile) convert(dst []byte, i int, conv *converter) []byte {
	text := f.cell(i)
	out, ok := conv.convert(dst, text)
	if !ok && f.found != nil {
		line, col := f.parser.where(i)
		f.found.add(source.SeverityWarning, conv.code(), line, col, func() (string, string) { return conv.complaint(string(text)) })
	}
	return out
}

// associations keeps a cell of ids for the record.
func (f *csvFile) associations(r *row, i int, c *column) error {
	text := f.cell(i)
	if len(text) == 0 {
		return nil
	}
	if len(text) > MaxAssociations && countIDs(text) > MaxAssociations {
		return f.parser.problem(i, "too_many_associations", fmt.Sprintf("the cell lists more than %d ids", MaxAssociations), "")
	}
	if c.doubtful && !idList(text) {
		if c.warned {
			return nil
		}
		c.warned = true
		line, col := f.parser.where(i)
		f.found.add(source.SeverityWarning, "association_names", line, col, func() (string, string) {
			return fmt.Sprintf("%s holds names, not record ids; no association is made", quote(c.header)),
				fmt.Sprintf("export the column %q too", c.header+" IDs")
		})
		return nil
	}
	start := len(r.text)
	r.text = append(r.text, text...)
	r.cells = append(r.cells, associationCell{span{start, len(r.text)}, c.to})
	return nil
}

func countIDs(text []byte) int {
	n := 1
	for _, b := range text {
		if separatesIDs(b) {
			n++
		}
	}
	return n
}

// idList tells whether text is nothing but numbers and what divides them.
func idList(text []byte) bool {
	for _, b := range text {
		if (b < '0' || b > '9') && !separatesIDs(b) {
			return false
		}
	}
	return true
}

func (f *csvFile) ragged() error {
	p := f.parser
	have, want := len(p.cells), len(f.head.columns)
	message := fmt.Sprintf("the row has %d cells, but the header has %d", have, want)
	if have > want {
		return p.problem(want, "ragged_row", message, "a cell that holds the delimiter must stand in double quotes")
	}
	return problemAt(p.file, p.line, 1, "ragged_row", message, "a line break inside a cell must stand in double quotes; an empty cell still needs its delimiter")
}
