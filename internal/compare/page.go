package compare

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"askflow/internal/run"
)

// position is a place in a comparison: behind a row of the first run or, second, behind one of the second run, of which only
// records that the first one does not have are told.
type position struct {
	second bool
	seq    int64
}

func start() position { return position{seq: -1} }

// text is the position as pages hand it out.
func (p position) text() string {
	if p.second {
		return "b" + strconv.FormatInt(p.seq, 10)
	}
	return "a" + strconv.FormatInt(p.seq, 10)
}

func readPosition(text string) (position, error) {
	if text == "" {
		return start(), nil
	}
	seq, err := strconv.ParseInt(text[1:], 10, 64)
	if err != nil || seq < -1 || text[0] != 'a' && text[0] != 'b' {
		return position{}, fmt.Errorf("%.40q is no place in a comparison; begin again at its first page", text)
	}
	return position{second: text[0] == 'b', seq: seq}, nil
}

// walk goes through a comparison.
type walk struct {
	c *Comparison
	// look is asked before each row that is read.
	look func() error
	// found is told of each record of the first run, and of those that only the second one has; nil: treated alike.
	found func(*Diff) error
	// at is the place behind the last row that found was done with.
	at position
}

// on walks from at to the end.
func (w *walk) on(ctx context.Context) error {
	if err := w.c.index(ctx, w.look); err != nil {
		return err
	}
	if !w.at.second {
		if err := w.first(ctx); err != nil {
			return err
		}
		w.at = position{second: true, seq: -1}
	}
	if err := w.c.meet(ctx, w.look); err != nil || w.c.left == 0 {
		return err
	}
	return w.second(ctx)
}

// first walks the rest of the first run.
func (w *walk) first(ctx context.Context) error {
	c := w.c
	goesOn := w.at.seq <= c.met
	err := c.reader.Rows(ctx, c.a, run.Query{AfterSeq: w.at.seq}, func(row *run.Row) error {
		if err := w.look(); err != nil {
			return err
		}
		d, err := c.pair(ctx, row)
		if err != nil {
			return err
		}
		if goesOn {
			c.met = max(c.met, row.Seq)
		}
		w.at.seq = row.Seq
		return w.found(d)
	})
	if err == nil && goesOn {
		c.allMet = true
	}
	return err
}

// second walks the rest of the second run for records that only it has.
func (w *walk) second(ctx context.Context) error {
	c := w.c
	return c.reader.Rows(ctx, c.b, run.Query{AfterSeq: w.at.seq}, func(row *run.Row) error {
		if err := w.look(); err != nil {
			return err
		}
		if k, there := c.known[c.key(row.Record)]; !there || k.place != row.Seq { // both have it, or the run has it twice
			w.at.seq = row.Seq
			return nil
		}
		result, err := row.Result()
		if err != nil {
			return err
		}
		w.at.seq = row.Seq
		return w.found(&Diff{Record: row.Record, Differs: []string{Considered}, B: sideOf(result)})
	})
}

// Query asks for a page of a comparison.
type Query struct {
	// After is the Next of the page before; "" for the first.
	After string
	// Limit is the most differences that a page holds; 100 when 0.
	Limit int
	// Only keeps records that differ in one of these kinds; empty keeps all. Kinds lists them.
	Only []string
	// Scan is the most rows that one call reads, so that it answers soon; 0 for no bound. Reading the second run for the first
	// time counts, so that only a comparison that is kept gets on with few. A page may then be empty and still have a Next.
	Scan int64
}

// Page is a page of a comparison: in the order of the first run, records that only the second one considered last.
type Page struct {
	Diffs []Diff
	// Next is where the next page begins, "" at the end.
	Next string
	// Same counts the records of this page's part of the runs that were treated alike, Others those that differ in other kinds
	// than were asked for.
	Same   int64
	Others int64
	// Scanned counts the rows that were read.
	Scanned int64
}

const (
	defaultLimit = 100
	// pageBytes is how much a page holds before it ends early: answers can be long.
	pageBytes = 8 << 20
)

// full ends a page.
type full struct{}

func (full) Error() string { return "the page is full" }

// Page reads one page. A cursor holds for every comparison of the same two runs.
func (c *Comparison) Page(ctx context.Context, q Query) (Page, error) {
	page := Page{Diffs: []Diff{}}
	at, err := readPosition(q.After)
	if err == nil {
		err = checkKinds(q.Only)
	}
	if err == nil {
		err = c.begin(ctx)
	}
	if err != nil {
		return page, err
	}
	defer c.end()
	limit, size := q.Limit, 0
	if limit <= 0 {
		limit = defaultLimit
	}
	w := &walk{c: c, at: at}
	w.look = func() error {
		if q.Scan > 0 && page.Scanned >= q.Scan {
			return full{}
		}
		page.Scanned++
		return ctx.Err()
	}
	w.found = func(d *Diff) error {
		switch {
		case d == nil:
			page.Same++
		case len(q.Only) > 0 && !slices.ContainsFunc(d.Differs, func(kind string) bool { return slices.Contains(q.Only, kind) }):
			page.Others++
		default:
			page.Diffs = append(page.Diffs, *d)
			if size += d.A.size() + d.B.size(); len(page.Diffs) >= limit || size > pageBytes {
				return full{}
			}
		}
		return nil
	}
	err = w.on(ctx)
	if errors.Is(err, full{}) {
		page.Next = w.at.text()
		return page, nil
	}
	return page, err
}

func checkKinds(only []string) error {
	for _, kind := range only {
		if !slices.Contains(Kinds(), kind) {
			return fmt.Errorf("%.40q is no kind of difference; there are %s", kind, strings.Join(Kinds(), ", "))
		}
	}
	return nil
}
