// Package records reads the records of a portal from files: CSV as HubSpot exports it, and JSON or JSON Lines in the
// shape of the CRM API. Files stream: memory does not grow with the number of records, a hostile file ends in a
// sentence with file, line and column, and nothing here ever writes.
package records

import (
	"errors"
	"io"

	"askflow/internal/hubspot"
	"askflow/internal/source"
)

// Limits of what one file may hold.
const (
	// MaxCell is how many bytes one value may have.
	MaxCell = 4 << 20
	// MaxRecord is how many bytes one record may have, all its values together.
	MaxRecord = 16 << 20
	// MaxColumns is how many different properties one file may carry.
	MaxColumns = 5000
	// MaxValues is how many values one record of a JSON file may have, at all depths; it bounds the memory a record takes.
	MaxValues = 500_000
	// MaxAssociations is how many ids one cell may list.
	MaxAssociations = 100_000
)

// File is one records file. Its kind follows from the ending of Path: .json, .jsonl and .ndjson are JSON, anything else
// is CSV.
type File struct {
	// Path is the file's name as messages show it.
	Path string
	// Open starts reading the file from its beginning; it may be called several times.
	Open func() (io.ReadCloser, error)
}

// Options say what is known about the portal that the records belong to.
type Options struct {
	// Properties of the object type; nil means the default ones.
	Properties *hubspot.Properties
	// Users of the portal: a name or an e-mail address in an owner column becomes the owner's id. None: owner columns
	// are taken as they are.
	Users []hubspot.User
}

func (o Options) properties(objectType string) *hubspot.Properties {
	if o.Properties != nil {
		return o.Properties
	}
	if ps := hubspot.DefaultSchema().Of(objectType); ps != nil {
		return ps
	}
	return hubspot.NewProperties(objectType, hubspot.DefaultProperties(objectType))
}

// Reader reads the records of one object type, file after file, one record at a time. It serves one goroutine.
type Reader struct {
	objectType string
	files      []File
	opt        Options
	at         int
	current    *fileReader
	row        row
	err        error
}

// Open starts reading. Files are opened when their turn comes, so nothing fails here. Findings that are no errors are
// Scan's to report; a Reader keeps quiet about them.
func Open(objectType string, files []File, opt Options) *Reader {
	opt.Properties = opt.properties(objectType)
	return &Reader{objectType: objectType, files: files, opt: opt}
}

// Next returns the next record, io.EOF after the last one. Any other error is a source.Problem and final. Records stay
// valid after the next call; those of one file share their columns.
func (r *Reader) Next() (*hubspot.Record, error) {
	for {
		if r.err != nil {
			return nil, r.err
		}
		if r.current == nil {
			if r.at == len(r.files) {
				r.err = io.EOF
				continue
			}
			r.current, r.err = openFile(r.objectType, r.files[r.at], r.opt, nil, nil)
			r.at++
			continue
		}
		switch err := r.current.rows.next(&r.row); {
		case err == nil:
			return r.row.record(r.objectType), nil
		case errors.Is(err, io.EOF):
			r.closeFile()
		default:
			r.err = err
			r.closeFile()
		}
	}
}

// Close ends reading; Next answers io.EOF from then on.
func (r *Reader) Close() error {
	r.closeFile()
	r.err = io.EOF
	return nil
}

func (r *Reader) closeFile() {
	if r.current != nil {
		r.current.close()
		r.current = nil
	}
}

// rowSource gives the rows of one file. Errors other than io.EOF are source.Problems; after one that can be stepped
// over the source goes on with the row that follows, after any other it answers io.EOF.
type rowSource interface {
	next(*row) error
	// seen is what the file carries, complete once every row was read.
	seen() (columns []string, inferred []hubspot.Property)
}

// row is one record in buffers that the next row reuses.
type row struct {
	line, col int
	columns   *hubspot.Columns
	// text holds the values, the associations' cells, and the id, one after the other.
	text []byte
	ends []int // of the values
	// id and cells are spans of text.
	id    span
	cells []associationCell
	// associations that a JSON file spells out.
	associations []hubspot.Association
}

type span struct{ start, end int }

// associationCell is a cell that lists ids of associated records.
type associationCell struct {
	span
	to *association
}

// association is what a column or a member says about the ids under it.
type association struct {
	objectType string
	typeID     int
	label      string
}

func (r *row) reset() {
	r.text, r.ends, r.cells, r.associations = r.text[:0], r.ends[:0], r.cells[:0], nil
	r.id = span{}
}

func (r *row) idBytes() []byte { return r.text[r.id.start:r.id.end] }

// record copies the row into a record: one string for all its text.
func (r *row) record(objectType string) *hubspot.Record {
	text := string(r.text)
	values := make([]string, len(r.ends))
	start := 0
	for i, end := range r.ends {
		values[i] = text[start:end]
		start = end
	}
	rec := hubspot.NewRecord(objectType, text[r.id.start:r.id.end], r.columns, values)
	rec.Line = r.line
	rec.Associations = r.associations
	for _, c := range r.cells {
		rec.Associations = appendAssociations(rec.Associations, text[c.start:c.end], c.to)
	}
	return rec
}

// appendAssociations splits a list of ids: "11;12", "11, 12".
func appendAssociations(out []hubspot.Association, list string, to *association) []hubspot.Association {
	start := -1
	for i := 0; i <= len(list); i++ {
		if i < len(list) && !separatesIDs(list[i]) {
			if start < 0 {
				start = i
			}
			continue
		}
		if start >= 0 {
			out = append(out, hubspot.Association{ObjectType: to.objectType, RecordID: list[start:i], TypeID: to.typeID, Label: to.label})
			start = -1
		}
	}
	return out
}

func separatesIDs(c byte) bool {
	return c == ';' || c == ',' || c == ' ' || c == '\n' || c == '\t' || c == '\r'
}

// problemAt makes an error with a place.
func problemAt(file string, line, col int, code, message, hint string) source.Problem {
	return source.Problem{Severity: source.SeverityError, Code: code, File: file, Line: line, Col: col, Message: message, Hint: hint}
}
