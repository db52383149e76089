package records

import (
	"context"
	"errors"
	"io"
	"slices"

	"askflow/internal/hubspot"
	"askflow/internal/source"
)

// reading reads on from a place of a pager's files, and tells the pager what it learns. It serves one goroutine.
type reading struct {
	p     *Pager
	ctx   context.Context
	now   *stamps
	file  int
	f     *pagedFile // nil before the file is open
	start spot       // where to open the file
	// place and local are how many records stand before the next one, in all files and in this one.
	place, local int64
	toSkip       int64 // records to pass over first
	// anchor is the last spot at which reading can begin again, past how many records of the file followed it.
	anchor spot
	past   int64
	err    error
	row    row
	// trusted tells that the places are right because reading began, at origin, where the pager knew them.
	trusted bool
	origin  int64
	spots   []placedSpot
}

type placedSpot struct {
	place int64
	spot  spot
}

// pagedFile is an open file that knows where it stands.
type pagedFile struct {
	fileReader
	in    io.Reader
	track *tracker
	w     *window
	json  *jsonFile
}

// next reads a record into r.row: io.EOF after the last one, else an error is final.
func (r *reading) next() error {
	for r.toSkip > 0 && r.err == nil {
		r.toSkip--
		if err := r.step(); err != nil {
			return err
		}
	}
	return r.step()
}

func (r *reading) step() error {
	for r.err == nil {
		switch {
		case r.file == len(r.p.files):
			r.err = io.EOF
			continue
		case r.f == nil:
			r.err = r.open()
			continue
		case r.place&127 == 0 && r.ctx.Err() != nil:
			r.err = context.Cause(r.ctx)
			continue
		}
		err := r.f.rows.next(&r.row)
		switch {
		case err == nil:
			r.passed()
			return nil
		case errors.Is(err, io.EOF):
			r.err = r.endFile()
		default:
			r.err = r.unlessChanged(err)
		}
	}
	return r.err
}

// open opens the file whose turn it is.
func (r *reading) open() error {
	if r.local == 0 && r.start == (spot{}) {
		r.trusted, r.origin = true, 0
	} else if !r.trusted && r.p.atFrontier(r) {
		r.trusted, r.origin = true, r.local
	}
	f, err := r.p.open(r.file, r.start, r.now.files[r.file])
	if err != nil {
		return err
	}
	r.f = f
	return nil
}

// passed notes that a record was read.
func (r *reading) passed() {
	r.place++
	r.local++
	if r.f.track.lost {
		r.past++
	} else {
		r.anchor, r.past = r.f.spot(), 0
	}
	if !r.trusted && r.p.atFrontier(r) {
		r.trusted, r.origin = true, r.local
	}
	if r.trusted && r.local%stride == 0 {
		if r.past == 0 {
			r.spots = append(r.spots, placedSpot{r.local, r.anchor})
		}
		r.p.learn(r, false) // at once, so that the count grows
	}
}

// endFile goes on to the file that follows.
func (r *reading) endFile() error {
	if r.trusted {
		r.p.learn(r, true)
	}
	err := r.unlessChanged(nil)
	r.f.close()
	r.f, r.file, r.local, r.start, r.anchor, r.past = nil, r.file+1, 0, spot{}, spot{}, 0
	return err
}

// unlessChanged replaces an error by a better one when the file was written to while it was read.
func (r *reading) unlessChanged(err error) error {
	if r.f != nil && stamped(r.f.in) != r.now.files[r.file] {
		return &ChangedError{File: r.p.files[r.file].Path}
	}
	return err
}

// close ends reading. It gives back err, or that the file has changed meanwhile.
func (r *reading) close(err error) error {
	if r.f == nil {
		return err
	}
	if changed := r.unlessChanged(nil); changed != nil {
		err = changed
	} else if r.trusted {
		r.p.learn(r, false)
	}
	r.f.close()
	return err
}

// goTo reads up to a place, or to the end when there are fewer records.
func (r *reading) goTo(place int64) error {
	for r.place < place {
		if err := r.next(); err != nil {
			if errors.Is(err, io.EOF) {
				return nil
			}
			return err
		}
	}
	return nil
}

// cursor is the place that reading has come to.
func (r *reading) cursor() Cursor {
	c := Cursor{File: r.file, Place: r.place + r.toSkip, InFile: r.local + r.toSkip, Skip: r.past + r.toSkip, Stamp: r.now.sum}
	if s := r.anchor; r.local > 0 {
		c.Offset, c.Line, c.Col, c.Mode, c.Columns = s.offset, s.line, s.col, s.mode, s.columns
	}
	return c
}

// spot is where the file stands, right behind the record that was read last.
func (f *pagedFile) spot() spot {
	s := spot{offset: f.track.offset, line: f.w.line, col: f.w.col, mode: uint8(f.track.now.state)}
	if f.json == nil {
		return s
	}
	switch f.json.scanner.open {
	case '[':
		s.mode |= modeList
	case 'r':
		s.mode |= modePage
	}
	if f.json.scanner.page {
		s.mode |= modeInner
	}
	s.columns = len(f.json.names)
	return s
}

// open opens a file at a spot. want is what the file must still be.
func (p *Pager) open(i int, at spot, want stamp) (*pagedFile, error) {
	file := p.files[i]
	if at.offset > 0 && !isJSON(file.Path) && p.plan(i) == nil { // the header was never read
		f, err := p.open(i, spot{}, want)
		if err != nil {
			return nil, err
		}
		f.close()
	}
	in, err := file.Open()
	if err != nil {
		return nil, unreadable(file.Path, err)
	}
	f := &pagedFile{fileReader: fileReader{closer: in, raw: &rawReader{in: in, file: file.Path}}, in: in}
	if stamped(in) != want {
		f.close()
		return nil, &ChangedError{File: file.Path}
	}
	if at.offset == 0 {
		err = p.begin(f, i, want)
	} else {
		err = p.resume(f, i, at, in)
	}
	if err != nil {
		f.close()
		return nil, err
	}
	return f, nil
}

// begin reads a file's header.
func (p *Pager) begin(f *pagedFile, i int, want stamp) (err error) {
	path := p.files[i].Path
	f.track = &tracker{}
	f.text = newTextReader(f.raw, path, nil)
	f.text.track = f.track
	if isJSON(path) {
		f.json, err = newJSONFile(p.objectType, path, f.text, p.opt, nil)
		if err == nil {
			f.rows, f.w = f.json, f.json.scanner.w
		}
		return err
	}
	c, err := newCSVFile(p.objectType, path, f.text, p.opt, nil)
	if err != nil {
		return err
	}
	f.rows, f.w = c, c.parser.w
	p.mu.Lock()
	defer p.mu.Unlock()
	switch k := &p.known[i]; {
	case k.plan != nil:
		c.columns = k.plan.columns
	case k.stamp == want:
		k.plan = &csvPlan{delimiter: c.parser.delimiter, head: c.head, columns: c.columns}
		c.head = k.plan.copy()
	}
	return nil
}

// copy gives a reader columns of its own: it notes in them what it has warned of.
func (c *csvPlan) copy() *header {
	h := *c.head
	h.columns = slices.Clone(h.columns)
	return &h
}

func (p *Pager) plan(i int) *csvPlan {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.known[i].plan
}

// resume goes on in the middle of a file.
func (p *Pager) resume(f *pagedFile, i int, at spot, in io.Reader) error {
	path := p.files[i].Path
	if err := skipTo(in, at.offset); err != nil {
		return unreadable(path, err)
	}
	f.text = resumeText(f.raw, path, at)
	f.track = f.text.track
	if isJSON(path) {
		return p.resumeJSON(f, i, at)
	}
	plan := p.plan(i)
	if plan == nil { // forgotten since it was read: another goroutine saw the file change
		return &ChangedError{File: path}
	}
	f.w = newWindow(f.text)
	f.rows = &csvFile{file: path, parser: &csvParser{file: path, w: f.w, delimiter: plan.delimiter}, head: plan.copy(), columns: plan.columns}
	return nil
}

func (p *Pager) resumeJSON(f *pagedFile, i int, at spot) (err error) {
	if f.json, err = newJSONFile(p.objectType, p.files[i].Path, f.text, p.opt, nil); err != nil {
		return err
	}
	f.rows, f.w = f.json, f.json.scanner.w
	p.mu.Lock()
	names := p.known[i].names
	p.mu.Unlock()
	for _, name := range names[:min(len(names), at.columns)] {
		f.json.column(source.Member{Key: name})
	}
	f.json.columns = hubspot.NewColumns(slices.Clip(f.json.names))
	s := f.json.scanner
	s.any, s.page = true, at.mode&modeInner != 0
	switch {
	case at.mode&modeList != 0:
		s.open = '['
	case at.mode&modePage != 0:
		s.open = 'r'
	}
	return nil
}

// skipTo moves to a byte of a file.
func skipTo(in io.Reader, offset int64) error {
	if s, ok := in.(io.Seeker); ok {
		_, err := s.Seek(offset, io.SeekStart)
		return err
	}
	_, err := io.CopyN(io.Discard, in, offset)
	if errors.Is(err, io.EOF) {
		err = nil // reading says what a file that ends here lacks
	}
	return err
}
