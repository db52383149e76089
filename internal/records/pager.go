package records

import (
	"context"
	"errors"
	"io"
	"slices"
	"sync"

	"askflow/internal/hubspot"
)

// Pager shows the records of one object type in pages, whatever the files' size: a page costs what stands on it, and
// where it stands is a Cursor. The pager learns while it reads, in less than 16 bytes for 1,000 records, where every
// thousandth record begins, so that going back and going to a place cost the same. It gives the records that a Reader
// gives. Any number of goroutines may use it at once.
type Pager struct {
	objectType string
	files      []File
	opt        Options

	mu    sync.Mutex
	known []knowledge // by file
}

// Cursor is a place between two records of a Pager's files. It is made by a Pager and otherwise opaque; the zero Cursor
// is the beginning. It may be kept as JSON, and is good for any Pager over the same files as long as they do not change.
type Cursor struct {
	// File is the index of the file, and Offset the byte at which reading goes on.
	File   int   `json:"file,omitempty"`
	Offset int64 `json:"offset,omitempty"`
	// Place is how many records stand before the cursor, InFile how many of them in this file.
	Place  int64 `json:"place,omitempty"`
	InFile int64 `json:"inFile,omitempty"`
	// Skip records follow Offset before the cursor, where reading cannot begin at the cursor itself.
	Skip int64 `json:"skip,omitempty"`
	// Line and Col are the place of Offset, Mode and Columns what a reader must know to begin there.
	Line    int   `json:"line,omitempty"`
	Col     int   `json:"col,omitempty"`
	Mode    uint8 `json:"mode,omitempty"`
	Columns int   `json:"columns,omitempty"`
	// Stamp tells what the files were: their names, sizes and times of change.
	Stamp string `json:"stamp,omitempty"`
}

// PageQuery asks for a page.
type PageQuery struct {
	// From is where the page begins or, Backwards, ends.
	From Cursor
	// Limit is how many records the page holds at most; 0 means 100, and more than 10,000 means 10,000.
	Limit int
	// Backwards asks for the records before From. They come in the order of the files all the same.
	Backwards bool
	// Filter says which records count; nil means all.
	Filter func(*hubspot.Record) bool
	// Scan is how many records are looked at before the page is given as it is; 0 is no bound.
	Scan int
}

// Page is a part of the records.
type Page struct {
	Records []*hubspot.Record
	// Start is where the page begins: reading from it gives the page again. Next is where the records after it begin.
	Start, Next Cursor
	// Prev is what to ask from, Backwards, for the records before the page.
	Prev Cursor
	// More tells that records, or an error, are left in the direction of reading; whether a filter takes one of them is
	// not known.
	More bool
	// Scanned is how many records were looked at.
	Scanned int
	// At is the place of the first of Records among all records, counted from 0; the place of Start when there are none.
	At int64
}

const (
	defaultLimit = 100
	maxLimit     = 10_000
	// stride is how many records lie between two places that the pager remembers.
	stride = 1000
)

// ErrChanged says that a cursor belongs to files that have changed since, or are not there any more: begin again from the zero
// Cursor. Errors that are it are *ChangedError.
var ErrChanged = errors.New("the records files have changed")

// ChangedError is ErrChanged with the file.
type ChangedError struct {
	// File is which file changed, "" when that is not known.
	File string
}

// Error is a sentence for people.
func (e *ChangedError) Error() string {
	if e.File == "" {
		return "the records files have changed since this place was read; go back to the first record"
	}
	return e.File + " has changed since this place was read; go back to the first record"
}

// Is makes it ErrChanged.
func (e *ChangedError) Is(target error) bool { return target == ErrChanged }

// NewPager makes a pager over the files of one object type. Nothing is opened yet.
func NewPager(objectType string, files []File, opt Options) *Pager {
	opt.Properties = opt.properties(objectType)
	return &Pager{objectType: objectType, files: slices.Clone(files), opt: opt, known: make([]knowledge, len(files))}
}

// ObjectType is the name of the type of the records.
func (p *Pager) ObjectType() string { return p.objectType }

// Page reads a page. Errors are ErrChanged, the context's, or what a Reader answers at that place; beside one of the
// last kind the records before it come too.
func (p *Pager) Page(ctx context.Context, q PageQuery) (Page, error) {
	if q.Limit < 1 {
		q.Limit = defaultLimit
	}
	q.Limit = min(q.Limit, maxLimit)
	switch {
	case !q.Backwards:
		return p.forwards(ctx, q)
	case q.Filter == nil:
		return p.before(ctx, q)
	}
	return p.backwards(ctx, q)
}

func (p *Pager) forwards(ctx context.Context, q PageQuery) (page Page, err error) {
	r, err := p.from(ctx, q.From)
	if err != nil {
		return Page{Start: q.From, Next: q.From, Prev: q.From, At: q.From.Place}, err
	}
	defer func() { err = r.close(err) }()
	page.Start = r.cursor()
	page.Next, page.Prev, page.At = page.Start, page.Start, page.Start.Place
	for len(page.Records) < q.Limit && (q.Scan < 1 || page.Scanned < q.Scan) {
		if err := r.next(); err != nil {
			page.Next = r.cursor()
			if errors.Is(err, io.EOF) {
				return page, nil
			}
			page.More = true
			return page, err
		}
		page.Scanned++
		rec := r.row.record(p.objectType)
		if q.Filter != nil && !q.Filter(rec) {
			continue
		}
		if page.Records = append(page.Records, rec); len(page.Records) == 1 {
			page.At = r.place - 1
		}
	}
	page.Next = r.cursor()
	page.More = !errors.Is(r.next(), io.EOF) // any other error is the next page's
	return page, nil
}

// before gives the records right before a place.
func (p *Pager) before(ctx context.Context, q PageQuery) (page Page, err error) {
	if q.Scan > 0 {
		q.Limit = min(q.Limit, q.Scan)
	}
	from, now, err := p.settle(q.From)
	if err != nil {
		return Page{Start: q.From, Next: q.From, Prev: q.From, At: q.From.Place}, err
	}
	r := p.near(ctx, now, max(0, from.Place-int64(q.Limit)))
	defer func() { err = r.close(err) }()
	if err := r.goTo(max(0, from.Place-int64(q.Limit))); err != nil {
		return Page{Start: from, Next: from, Prev: from, At: from.Place}, err
	}
	page.Start, page.Next = r.cursor(), from
	page.Prev, page.At, page.More = page.Start, r.place, r.place > 0
	for r.place < from.Place {
		if err := r.next(); err != nil {
			if errors.Is(err, io.EOF) {
				err = nil
			}
			return page, err
		}
		page.Scanned++
		page.Records = append(page.Records, r.row.record(p.objectType))
	}
	return page, nil
}

// backwards looks for records that a filter takes, a stretch of records at a time, the last stretch first.
func (p *Pager) backwards(ctx context.Context, q PageQuery) (Page, error) {
	from, now, err := p.settle(q.From)
	page := Page{Start: from, Next: from, Prev: from, At: from.Place}
	if err != nil {
		return page, err
	}
	for high := from.Place; high > 0 && len(page.Records) < q.Limit && (q.Scan < 1 || page.Scanned < q.Scan); {
		low := (high - 1) / stride * stride
		if q.Scan > 0 {
			low = max(low, high-int64(q.Scan-page.Scanned))
		}
		s := search{q: q, low: low, high: high, most: q.Limit - len(page.Records)}
		if err := s.run(p.near(ctx, now, low)); err != nil {
			return page, err
		}
		page.Scanned += s.scanned
		if len(s.found) > 0 {
			page.At = s.found[0].at.Place
			page.Records = slices.Concat(s.records(), page.Records)
		}
		page.Start = s.start
		high = low
	}
	page.Prev, page.More = page.Start, page.Start.Place > 0
	if len(page.Records) == 0 {
		page.At = page.Start.Place
	}
	return page, nil
}

// search looks at the records from low to high for the last ones that the filter takes, most of them at most.
type search struct {
	q         PageQuery
	low, high int64
	most      int
	found     []hit
	start     Cursor // before the first one found where there are enough, else before low
	scanned   int
}

type hit struct {
	rec *hubspot.Record
	at  Cursor // before it
}

func (s *search) run(r *reading) (err error) {
	defer func() { err = r.close(err) }()
	if err := r.goTo(s.low); err != nil {
		return err
	}
	s.start = r.cursor()
	for r.place < s.high {
		at := r.cursor()
		if err := r.next(); err != nil {
			if errors.Is(err, io.EOF) {
				break
			}
			return err
		}
		s.scanned++
		rec := r.row.record(r.p.objectType)
		if !s.q.Filter(rec) {
			continue
		}
		if len(s.found) == s.most {
			s.found = slices.Delete(s.found, 0, 1)
		}
		s.found = append(s.found, hit{rec, at})
	}
	if len(s.found) == s.most {
		s.start = s.found[0].at
	}
	return nil
}

func (s *search) records() []*hubspot.Record {
	out := make([]*hubspot.Record, len(s.found))
	for i, h := range s.found {
		out[i] = h.rec
	}
	return out
}

// At gives the cursor before the record at a place, counted from 0; the end of the records when there are fewer. What
// is known costs nothing, anything beyond it is read once.
func (p *Pager) At(ctx context.Context, place int64) (c Cursor, err error) {
	_, now, err := p.settle(Cursor{})
	if err != nil {
		return Cursor{}, err
	}
	r := p.near(ctx, now, max(0, place))
	defer func() { err = r.close(err) }()
	if err := r.goTo(place); err != nil {
		return Cursor{}, err
	}
	return r.cursor(), nil
}

// Find looks for the record with an id. The record is nil when the files have none; else the cursor stands before it, and
// its Place is the record's.
func (p *Pager) Find(ctx context.Context, id string) (rec *hubspot.Record, at Cursor, err error) {
	r, err := p.from(ctx, Cursor{})
	if err != nil {
		return nil, Cursor{}, err
	}
	defer func() { err = r.close(err) }()
	for {
		at = r.cursor()
		if err := r.next(); err != nil {
			if errors.Is(err, io.EOF) {
				err = nil
			}
			return nil, Cursor{}, err
		}
		if string(r.row.idBytes()) == id {
			return r.row.record(p.objectType), at, nil
		}
	}
}

// Count is how many records there are, -1 as long as the files have not been read to their end.
func (p *Pager) Count() int64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := int64(0)
	for i := range p.known {
		if !p.known[i].complete {
			return -1
		}
		n += p.known[i].read
	}
	return n
}

// Known is how many records have been read so far from the beginning on; it grows while CountAll works.
func (p *Pager) Known() int64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := int64(0)
	for i := range p.known {
		n += p.known[i].read
		if !p.known[i].complete {
			break
		}
	}
	return n
}

// CountAll reads what is not known yet to the end of the files, and counts. It is made to work in the background while
// pages are read; what it learned stays when the context ends it.
func (p *Pager) CountAll(ctx context.Context) (int64, error) {
	end, err := p.At(ctx, 1<<62)
	return end.Place, err
}
