package records

import (
	"context"
	"encoding/binary"
	"fmt"
	"hash/fnv"
	"io"
	"io/fs"
	"slices"

	"askflow/internal/hubspot"
)

// spot is where reading a file can begin; the zero spot is its start.
type spot struct {
	offset    int64
	line, col int
	mode      uint8 // the text's state in the low three bits, then what is open around a JSON record
	columns   int   // of a JSON file: how many properties were seen before
}

const (
	modeText  = 0b000_111
	modeList  = 0b001_000 // in a list of records
	modePage  = 0b010_000 // in the results of a page
	modeInner = 0b100_000 // in an object that is a page
	modeAll   = modeText | modeList | modePage | modeInner
)

func (s spot) text() textState { return textState(s.mode & modeText) }

// stamp is what tells one version of a file from another; zero where the file does not say.
type stamp struct{ size, changed int64 }

// stamped asks an open file for its stamp.
func stamped(in io.Reader) stamp {
	f, ok := in.(interface{ Stat() (fs.FileInfo, error) })
	if !ok {
		return stamp{}
	}
	info, err := f.Stat()
	if err != nil {
		return stamp{}
	}
	return stamp{info.Size(), info.ModTime().UnixNano()}
}

// stamps are the files' versions, and a text that sums them up.
type stamps struct {
	files []stamp
	sum   string
}

// StampOf sums up what files are: their names, sizes and times of change. Two equal stamps mean that the files can be
// taken for unchanged. Files that cannot be opened count with their names alone.
func StampOf(files []File) string { return stampsOf(files).sum }

func stampsOf(files []File) *stamps {
	out := &stamps{files: make([]stamp, len(files))}
	sum := fnv.New64a()
	for i, f := range files {
		if in, err := f.Open(); err == nil { // one that cannot be opened says so when it is read
			out.files[i] = stamped(in)
			_ = in.Close() // read only: nothing is lost
		}
		_, _ = fmt.Fprintf(sum, "%s\x00%d\x00%d\x00", f.Path, out.files[i].size, out.files[i].changed) // a hash takes everything
	}
	out.sum = fmt.Sprintf("%016x", sum.Sum64())
	return out
}

// knowledge is what a pager has learned about one file, reading it from its start.
type knowledge struct {
	stamp stamp
	met   bool // the stamp was taken
	// read records were seen so far. Reading can go on at frontier, passing over past records.
	read     int64
	frontier spot
	past     int64
	complete bool
	// index holds the spots before the records 1000, 2000, … as differences to the one before, and last is its last one.
	index   []byte
	entries int64
	last    spot
	// names are the properties of a JSON file in the order in which they were seen.
	names []string
	// plan is how a CSV file's columns are read.
	plan *csvPlan
}

// csvPlan is what the header of a CSV file says.
type csvPlan struct {
	delimiter byte
	head      *header
	columns   *hubspot.Columns
}

// add remembers the spot before the next thousandth record.
func (k *knowledge) add(s spot) {
	for _, n := range []int64{s.offset - k.last.offset, int64(s.line - k.last.line), int64(s.col), int64(s.mode), int64(s.columns - k.last.columns)} {
		k.index = binary.AppendUvarint(k.index, uint64(n))
	}
	k.last = s
	k.entries++
}

// spot is the n-th one that is remembered; 0 is the start of the file.
func (k *knowledge) spot(n int64) spot {
	var s spot
	rest := k.index
	next := func() int64 {
		v, size := binary.Uvarint(rest)
		rest = rest[size:]
		return int64(v)
	}
	for range n {
		s.offset += next()
		s.line += int(next())
		s.col = int(next())
		s.mode = uint8(next())
		s.columns += int(next())
	}
	return s
}

// settle looks at the files: what is known about one that changed is forgotten, and a cursor of before is refused. The
// cursor comes back with its stamp.
func (p *Pager) settle(c Cursor) (Cursor, *stamps, error) {
	now := stampsOf(p.files)
	changed := ""
	p.mu.Lock()
	for i := range p.known {
		k := &p.known[i]
		if k.met && k.stamp != now.files[i] {
			changed = p.files[i].Path
			*k = knowledge{}
		}
		k.stamp, k.met = now.files[i], true
	}
	p.mu.Unlock()
	if c == (Cursor{}) {
		return Cursor{Stamp: now.sum}, now, nil
	}
	if c.Stamp != now.sum || !p.possible(c, now) {
		return c, nil, &ChangedError{File: changed}
	}
	return c, now, nil
}

// possible tells whether a cursor can be one of these files at all: it may come from anywhere.
func (p *Pager) possible(c Cursor, now *stamps) bool {
	s := c.spot()
	switch {
	case c.File < 0, c.File > len(p.files), c.Place < 0, c.InFile < 0, c.InFile > c.Place, c.Skip < 0, c.Skip > c.InFile:
		return false
	case c.Place > 1<<62, s.offset < 0, s.line < 0, s.col < 0, s.columns < 0, s.columns > MaxColumns, s.mode&^modeAll != 0, s.text() >= textStates:
		return false
	case c.File < len(p.files) && now.files[c.File] != stamp{} && s.offset > now.files[c.File].size:
		return false
	}
	return (s == spot{}) == (c.InFile == c.Skip) && (s.offset > 0) == (s != spot{})
}

func (c Cursor) spot() spot { return spot{c.Offset, c.Line, c.Col, c.Mode, c.Columns} }

// from begins reading at a cursor.
func (p *Pager) from(ctx context.Context, c Cursor) (*reading, error) {
	c, now, err := p.settle(c)
	if err != nil {
		return nil, err
	}
	r := &reading{p: p, ctx: ctx, now: now, file: c.File, place: c.Place - c.Skip, local: c.InFile - c.Skip, start: c.spot(), toSkip: c.Skip}
	r.anchor = r.start
	return r, nil
}

// near begins reading at the last place that is known and not after the one asked for.
func (p *Pager) near(ctx context.Context, now *stamps, place int64) *reading {
	p.mu.Lock()
	defer p.mu.Unlock()
	r := &reading{p: p, ctx: ctx, now: now}
	for i := range p.known {
		k := &p.known[i]
		if k.complete && place-r.place >= k.read && i+1 < len(p.known) {
			r.place += k.read
			r.file++
			continue
		}
		if ahead := place - r.place; ahead >= k.read {
			r.start, r.local = k.frontier, k.read-k.past
		} else {
			n := min(ahead/stride, k.entries)
			r.start, r.local = k.spot(n), n*stride
		}
		break
	}
	r.place += r.local
	r.anchor, r.trusted, r.origin = r.start, true, r.local
	return r
}

// learn takes over what a reading has seen of a file.
func (p *Pager) learn(r *reading, complete bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	k := &p.known[r.file]
	if k.stamp != r.now.files[r.file] || k.complete || r.origin > k.read || r.local < k.read {
		r.spots = r.spots[:0]
		return
	}
	for _, s := range r.spots {
		if s.place == (k.entries+1)*stride {
			k.add(s.spot)
		}
	}
	r.spots = r.spots[:0]
	k.read, k.frontier, k.past, k.complete = r.local, r.anchor, r.past, complete
	if j := r.f.json; j != nil && len(j.names) > len(k.names) {
		k.names = slices.Clip(j.names)
	}
}

// atFrontier tells whether a place is the one up to which the file is known.
func (p *Pager) atFrontier(r *reading) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	k := &p.known[r.file]
	return k.stamp == r.now.files[r.file] && k.read == r.local && k.frontier == r.anchor && k.past == r.past
}
