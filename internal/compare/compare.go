// Package compare says how two runs differ: what was changed between them (Changes), and which records they treated
// differently (Comparison), record by record, with both answers of every ask.
package compare

import (
	"context"
	"errors"
	"hash/maphash"
	"slices"

	"askflow/internal/run"
)

// Reader is what a comparison needs of a store; run.Reader is one.
type Reader interface {
	// Rows calls fn for each row of a run in input order until it returns an error.
	Rows(ctx context.Context, runID string, q run.Query, fn func(*run.Row) error) error
}

// Comparison pairs the records of two runs by type and id. Of the second run it holds a place and a hash for each record,
// which are read with the first question and kept; rows that differ are read when they are needed, so that runs of any size
// can be compared. It shows the second run as it stood then; of a run that goes on, make a new one. Any number of
// goroutines may use it; they take turns.
type Comparison struct {
	reader Reader
	a, b   string
	seeds  [2]maphash.Seed
	turn   chan struct{} // holds one token: whoever has it works
	always func(run.RecordRef) bool

	known map[recordKey]known
	// left counts the records of the second run that the first one was not found to have.
	left int
	// indexed is the last row of the second run that known holds, whole tells that it was the run's last.
	indexed int64
	whole   bool
	// met is the last row of the first run up to which all rows were looked for in known, allMet that it was the run's last.
	met    int64
	allMet bool
	// window are rows of the second run in order, ahead how many the next one has at most.
	window []*run.Row
	ahead  int
}

// recordKey is a hash of a record's type and id, wide enough that two records never share one.
type recordKey [2]uint64

// known is a record of the second run: its place there, or the place's complement once the first run was found to have the
// record too, and a hash of what it came to.
type known struct {
	place int64
	sum   uint64
}

func (k known) met() bool { return k.place < 0 }

func (k known) seq() int64 {
	if k.met() {
		return ^k.place
	}
	return k.place
}

const (
	// windowRows is the most that is read at once of the second run, windowBytes how much of it.
	windowRows  = 256
	windowBytes = 8 << 20
)

// Runs compares the runs with the ids a and b. Nothing is read yet.
func Runs(reader Reader, a, b string) *Comparison {
	c := &Comparison{reader: reader, a: a, b: b, seeds: [2]maphash.Seed{maphash.MakeSeed(), maphash.MakeSeed()}, known: map[recordKey]known{}, indexed: -1, met: -1, turn: make(chan struct{}, 1)}
	c.turn <- struct{}{}
	return c
}

// Always makes records of both runs be told even where both treated them alike: those for which fn says so. It is to be called
// before anything is read.
func (c *Comparison) Always(fn func(run.RecordRef) bool) { c.always = fn }

// begin waits for the comparison to be free; end frees it.
func (c *Comparison) begin(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	select {
	case <-c.turn:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (c *Comparison) end() { c.turn <- struct{}{} }

// Each calls fn for every record that the runs treated differently, in the order of the first run, those that only the
// second one considered last. It returns how many records they treated alike. fn must not use the comparison.
func (c *Comparison) Each(ctx context.Context, fn func(*Diff) error) (same int64, err error) {
	if err := c.begin(ctx); err != nil {
		return 0, err
	}
	defer c.end()
	w := &walk{c: c, look: ctx.Err, at: start(), found: func(d *Diff) error {
		if d == nil {
			same++
			return nil
		}
		return fn(d)
	}}
	err = w.on(ctx)
	return same, err
}

// index reads on in the second run until it is known whole. look is asked before each row.
func (c *Comparison) index(ctx context.Context, look func() error) error {
	if c.whole {
		return nil
	}
	err := c.reader.Rows(ctx, c.b, run.Query{AfterSeq: c.indexed}, func(row *run.Row) error {
		if err := look(); err != nil {
			return err
		}
		key := c.key(row.Record)
		if _, twice := c.known[key]; !twice {
			c.left++
		}
		c.known[key] = known{row.Seq, c.sum(row)}
		c.indexed = row.Seq
		return nil
	})
	c.whole = err == nil
	return err
}

// find looks a row of the first run up in the second one, and notes that both have the record.
func (c *Comparison) find(row *run.Row) (known, bool) {
	key := c.key(row.Record)
	k, there := c.known[key]
	if there && !k.met() {
		c.known[key] = known{^k.place, k.sum}
		c.left--
	}
	return k, there
}

// meet looks up the rest of the first run, which a comparison that begins in the middle has not seen.
func (c *Comparison) meet(ctx context.Context, look func() error) error {
	if c.allMet {
		return nil
	}
	err := c.reader.Rows(ctx, c.a, run.Query{AfterSeq: c.met}, func(row *run.Row) error {
		if err := look(); err != nil {
			return err
		}
		c.find(row)
		c.met = row.Seq
		return nil
	})
	c.allMet = err == nil
	return err
}

// pair compares a row of the first run with the second run's of the same record; nil when they are alike.
func (c *Comparison) pair(ctx context.Context, row *run.Row) (*Diff, error) {
	other, met := c.find(row)
	if !met {
		return diffOf(row, nil, false)
	}
	always := c.always != nil && c.always(row.Record)
	if other.sum == c.sum(row) && !always {
		return nil, nil
	}
	rowB, err := c.row(ctx, other.seq())
	if err != nil {
		return nil, err
	}
	return diffOf(row, rowB, always)
}

func (c *Comparison) key(r run.RecordRef) recordKey {
	text := r.ObjectType + "\x00" + r.ID
	return recordKey{maphash.String(c.seeds[0], text), maphash.String(c.seeds[1], text)}
}

// sum is a hash of what an enrollment came to.
func (c *Comparison) sum(row *run.Row) uint64 {
	var h maphash.Hash
	h.SetSeed(c.seeds[0])
	_, _ = h.WriteString(string(row.State)) // a hash takes everything
	_ = h.WriteByte(0)
	_, _ = h.Write(row.Steps)
	_ = h.WriteByte(0) // JSON holds none
	_, _ = h.Write(row.Effects)
	return h.Sum64()
}

// enough ends the reading of a window.
type enough struct{}

func (enough) Error() string { return "the window is full" }

// row reads a row of the second run. Runs mostly go over the same records in the same order: then more and more are read
// at once, else one by one.
func (c *Comparison) row(ctx context.Context, seq int64) (*run.Row, error) {
	bySeq := func(r *run.Row, seq int64) int { return int(max(-1, min(1, r.Seq-seq))) }
	if at, found := slices.BinarySearchFunc(c.window, seq, bySeq); found {
		return c.window[at], nil
	}
	goesOn := len(c.window) > 0 && seq > c.window[len(c.window)-1].Seq && seq-c.window[len(c.window)-1].Seq <= windowRows
	if c.ahead *= 2; !goesOn || c.ahead == 0 {
		c.ahead = 1
	}
	c.ahead = min(c.ahead, windowRows)
	clear(c.window)
	c.window = c.window[:0]
	size := 0
	err := c.reader.Rows(ctx, c.b, run.Query{AfterSeq: seq - 1, Limit: c.ahead}, func(row *run.Row) error {
		kept := *row
		c.window = append(c.window, &kept)
		if size += len(row.Steps) + len(row.Effects); size > windowBytes {
			return enough{}
		}
		return nil
	})
	if err != nil && !errors.Is(err, enough{}) {
		c.window = c.window[:0]
		return nil, err
	}
	if len(c.window) == 0 || c.window[0].Seq != seq {
		return nil, nil // it was deleted meanwhile
	}
	return c.window[0], nil
}
