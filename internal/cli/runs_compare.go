package cli

import (
	"context"
	"hash/maphash"
	"slices"
	"strings"

	"askflow/internal/run"
)

// comparison walks two runs and pairs their records by type and id. Of the second run it holds a place and a hash for each
// record; rows that differ are read when they are needed, so that runs of any size can be compared.
type comparison struct {
	ctx    context.Context
	reader run.Reader
	a, b   string
	seeds  [2]maphash.Seed
	// known are the second run's records that the first one has not met yet.
	known map[recordKey]known
	// window are rows of the second run in order, ahead how many the next one has.
	window []*run.Row
	ahead  int
}

// recordKey is a hash of a record's type and id, wide enough that two records never share one.
type recordKey [2]uint64

type known struct {
	seq int64
	sum uint64
}

// windowRows is the most that is read at once of the second run.
const windowRows = 256

func newComparison(ctx context.Context, reader run.Reader, idA, idB string) *comparison {
	return &comparison{ctx: ctx, reader: reader, a: idA, b: idB, seeds: [2]maphash.Seed{maphash.MakeSeed(), maphash.MakeSeed()}, known: map[recordKey]known{}}
}

// each calls fn for every record that the runs treated differently, in the order of the first run, those that only the
// second one considered last. It returns how many records they treated alike.
func (c *comparison) each(fn func(runDiff) error) (same int64, err error) {
	err = c.reader.Rows(c.ctx, c.b, run.Query{AfterSeq: -1}, func(row *run.Row) error {
		c.known[c.key(row.Record)] = known{row.Seq, c.sum(row)}
		return nil
	})
	if err != nil {
		return 0, err
	}
	err = c.reader.Rows(c.ctx, c.a, run.Query{AfterSeq: -1}, func(row *run.Row) error {
		d, err := c.pair(row)
		if err != nil || d != nil {
			if err == nil {
				err = fn(*d)
			}
			return err
		}
		same++
		return nil
	})
	if err != nil || len(c.known) == 0 {
		return same, err
	}
	return same, c.reader.Rows(c.ctx, c.b, run.Query{AfterSeq: -1}, func(row *run.Row) error {
		if k, left := c.known[c.key(row.Record)]; !left || k.seq != row.Seq {
			return nil
		}
		result, err := row.Result()
		if err != nil {
			return err
		}
		return fn(runDiff{Record: row.Record, Differs: []string{"considered"}, B: sideOf(result)})
	})
}

// pair compares a row of the first run with the second run's of the same record; nil when they are alike.
func (c *comparison) pair(row *run.Row) (*runDiff, error) {
	key := c.key(row.Record)
	other, met := c.known[key]
	delete(c.known, key)
	if !met {
		return diffOf(row, nil)
	}
	if other.sum == c.sum(row) {
		return nil, nil
	}
	rowB, err := c.row(other.seq)
	if err != nil {
		return nil, err
	}
	return diffOf(row, rowB)
}

func (c *comparison) key(r run.RecordRef) recordKey {
	text := r.ObjectType + "\x00" + r.ID
	return recordKey{maphash.String(c.seeds[0], text), maphash.String(c.seeds[1], text)}
}

// sum is a hash of what an enrollment came to.
func (c *comparison) sum(row *run.Row) uint64 {
	var h maphash.Hash
	h.SetSeed(c.seeds[0])
	_, _ = h.WriteString(string(row.State))
	_ = h.WriteByte(0)
	_, _ = h.Write(row.Steps)
	_ = h.WriteByte(0) // JSON holds none
	_, _ = h.Write(row.Effects)
	return h.Sum64()
}

// row reads a row of the second run. Runs mostly go over the same records in the same order: then more and more are read
// at once, else one by one.
func (c *comparison) row(seq int64) (*run.Row, error) {
	bySeq := func(r *run.Row, seq int64) int { return int(max(-1, min(1, r.Seq-seq))) }
	if at, found := slices.BinarySearchFunc(c.window, seq, bySeq); found {
		return c.window[at], nil
	}
	goesOn := len(c.window) > 0 && seq > c.window[len(c.window)-1].Seq && seq-c.window[len(c.window)-1].Seq <= windowRows
	if c.ahead *= 2; !goesOn || c.ahead == 0 {
		c.ahead = 1
	}
	c.ahead = min(c.ahead, windowRows)
	c.window = c.window[:0]
	err := c.reader.Rows(c.ctx, c.b, run.Query{AfterSeq: seq - 1, Limit: c.ahead}, func(row *run.Row) error {
		c.window = append(c.window, row)
		return nil
	})
	if err != nil {
		return nil, err
	}
	if len(c.window) == 0 || c.window[0].Seq != seq {
		return nil, nil // it was deleted meanwhile
	}
	return c.window[0], nil
}

func sideOf(r *run.Result) *side {
	s := &side{State: r.Enrollment.State, Path: []string{}, Effects: r.Effects, reason: r.Enrollment.Reason}
	for i := range r.Steps {
		s.Path = append(s.Path, r.Steps[i].ActionID)
		if k := r.Steps[i].Ask; k != nil && k.Response != nil {
			s.Response = k.Response
		}
	}
	return s
}

func diffOf(rowA, rowB *run.Row) (*runDiff, error) {
	resultA, err := rowA.Result()
	if err != nil {
		return nil, err
	}
	d := &runDiff{Record: rowA.Record, A: sideOf(resultA)}
	if rowB == nil {
		d.Differs = []string{"considered"}
		return d, nil
	}
	resultB, err := rowB.Result()
	if err != nil {
		return nil, err
	}
	d.B = sideOf(resultB)
	if (rowA.State == run.NotEnrolled) != (rowB.State == run.NotEnrolled) {
		d.Differs = []string{"enrolled"}
		return d, nil
	}
	text := func(s *string) string {
		if s == nil {
			return "\x00"
		}
		return *s
	}
	for _, c := range []struct {
		what    string
		differs bool
	}{
		{"state", d.A.State != d.B.State},
		{"path", strings.Join(d.A.Path, ",") != strings.Join(d.B.Path, ",")},
		{"response", text(d.A.Response) != text(d.B.Response)},
		{"effects", string(rowA.Effects) != string(rowB.Effects)},
	} {
		if c.differs {
			d.Differs = append(d.Differs, c.what)
		}
	}
	if len(d.Differs) == 0 {
		return nil, nil // only what an answer cost or how long it took
	}
	return d, nil
}
