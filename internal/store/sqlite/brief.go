package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"strings"

	"askflow/internal/run"
)

const (
	// wholeSteps is how many bytes of steps are read in one piece; longer ones come in pieces of pieceBytes.
	wholeSteps = 128 << 10
	pieceBytes = 128 << 10
	// hugeSteps is from how many bytes of steps on a brief says nothing of them: reading them would take seconds.
	hugeSteps = 64 << 20
	// windowPlaces is how many places one query covers. Between queries nobody is held up.
	windowPlaces = 4096
)

// Briefs returns a page of a run's rows in short. It reads a row's steps once, in pieces where they are long, and keeps none of
// them. Steps of more than 64 MB are not opened: Steps, Answer, LatencyMs, Problem stay empty, and no text or action is found there.
func (r *Reader) Briefs(ctx context.Context, id string, q run.BriefQuery) (run.BriefPage, error) {
	doing := "reading the results of run " + id
	db, n, err := r.find(ctx, id)
	if err != nil {
		return run.BriefPage{}, r.place.explain(doing, err)
	}
	b := briefReader{db: db, n: n, q: q, window: newWindow(n, q.AfterSeq, q.BeforeSeq, q.Backwards, q.Scan), find: newFinder(q.Text)}
	b.scan = stepsScan{action: q.Action, state: string(q.ActionState), find: b.find}
	err = b.read(ctx)
	return b.page, r.place.explain(doing, err)
}

// window walks over the rows of a run in portions of places. Places without rows at the edge of a portion cost nothing.
type window struct {
	n         int64
	low, high int64 // the ids that are left, both included
	backwards bool
	scan      int64 // places that may still be looked at; no limit when negative
	scanned   int64
}

// newWindow takes bounds as they stand in queries: places, both not included, before -1 for the end.
func newWindow(n, after, before int64, backwards bool, scan int64) window {
	w := window{n: n, low: n<<seqBits + min(max(after, -1), maxSeq) + 1, high: n<<seqBits + maxSeq, backwards: backwards, scan: -1}
	if before >= 0 && before <= maxSeq {
		w.high = n<<seqBits + before - 1
	}
	if scan > 0 {
		w.scan = scan
	}
	return w
}

// next returns the ids of the next portion, both included; ok is false when there is no row left, or no more may be looked at.
func (w *window) next(ctx context.Context, db *sql.DB) (from, to int64, ok bool, err error) {
	if w.scan == 0 {
		return 0, 0, false, nil
	}
	if ok, err = w.more(ctx, db); err != nil || !ok {
		return 0, 0, false, err
	}
	places := int64(windowPlaces)
	if w.scan > 0 {
		places = min(places, w.scan)
	}
	from, to = w.low, min(w.high, w.low+places-1)
	if w.backwards {
		from, to = max(w.low, w.high-places+1), w.high
	}
	return from, to, true, nil
}

// more tells whether a row is left, and moves to it.
func (w *window) more(ctx context.Context, db *sql.DB) (bool, error) {
	if w.low > w.high {
		return false, nil
	}
	query, edge := `select id from enrollments where id >= ? and id <= ? order by id limit 1`, &w.low
	if w.backwards {
		query, edge = `select id from enrollments where id >= ? and id <= ? order by id desc limit 1`, &w.high
	}
	err := db.QueryRowContext(ctx, query, w.low, w.high).Scan(edge)
	if errors.Is(err, sql.ErrNoRows) {
		w.low, w.high = 1, 0
		return false, nil
	}
	return err == nil, err
}

// passed tells that everything up to this id was looked at.
func (w *window) passed(id int64) {
	places := id - w.low + 1
	if w.backwards {
		places = w.high - id + 1
		w.high = id - 1
	} else {
		w.low = id + 1
	}
	w.scanned += places
	if w.scan > 0 {
		w.scan = max(0, w.scan-places)
	}
}

// briefReader reads one page.
type briefReader struct {
	db     *sql.DB
	n      int64
	q      run.BriefQuery
	window window
	find   *finder
	scan   stepsScan
	page   run.BriefPage
}

func (b *briefReader) read(ctx context.Context) error {
	next := int64(-1)
	for b.q.Limit <= 0 || len(b.page.Briefs) < b.q.Limit {
		from, to, ok, err := b.window.next(ctx, b.db)
		if err != nil {
			return err
		}
		if !ok {
			break
		}
		last, err := b.portion(ctx, from, to)
		if err != nil {
			return err
		}
		b.window.passed(last)
		next = last & maxSeq
	}
	more, err := b.window.more(ctx, b.db)
	b.page.More, b.page.Scanned = more, b.window.scanned
	if more {
		b.page.Next = next
	}
	return err
}

// candidate is a row that may become a brief: its steps are looked at yet when they are long.
type candidate struct {
	brief run.Brief
	bytes int64
	open  bool // the steps must be read
	text  bool // the text was found outside the steps
}

// portion reads the rows between two ids until the page is full, and returns the id up to which it came.
func (b *briefReader) portion(ctx context.Context, from, to int64) (int64, error) {
	list, last, err := b.candidates(ctx, from, to)
	if err != nil {
		return 0, err
	}
	for i := range list {
		c := &list[i]
		if c.open {
			if err := b.openLong(ctx, c); err != nil {
				return 0, err
			}
			if !b.wanted(c) {
				continue
			}
		}
		b.page.Briefs = append(b.page.Briefs, c.brief)
	}
	return last, nil
}

// query is built of what the columns tell without opening any JSON.
func (b *briefReader) query(from, to int64) (string, []any) {
	var text strings.Builder
	text.WriteString(`select id, record_type, record_id, record_name, state, reason, failed_steps, asks, no_answer, cost, octet_length(steps),
		case when octet_length(steps) <= ? then steps end from enrollments where id >= ? and id <= ?`)
	args := []any{wholeSteps, from, to}
	if len(b.q.States) > 0 {
		text.WriteString(` and state in (?` + strings.Repeat(`, ?`, len(b.q.States)-1) + `)`)
		for _, s := range b.q.States {
			args = append(args, string(s))
		}
	}
	if b.q.Failed {
		text.WriteString(` and failed_steps > 0`)
	}
	if b.q.Asked {
		text.WriteString(` and asks > 0`)
	}
	if b.window.backwards {
		text.WriteString(` order by id desc`)
	} else {
		text.WriteString(` order by id`)
	}
	return text.String(), args
}

// candidates reads rows until the page might be full, and returns them and the id up to which they were looked at.
func (b *briefReader) candidates(ctx context.Context, from, to int64) (list []candidate, last int64, err error) {
	query, args := b.query(from, to)
	rows, err := b.db.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, 0, err
	}
	defer func() { _ = rows.Close() }() // a second close is nothing
	if last = to; b.window.backwards {
		last = from
	}
	for rows.Next() {
		var c candidate
		var id int64
		var steps sql.RawBytes
		t := &c.brief
		if err := rows.Scan(&id, &t.Record.ObjectType, &t.Record.ID, &t.Record.Name, &t.State, &t.Reason, &t.FailedSteps, &t.Asks, &t.NoAnswer, &t.CostUSD, &c.bytes, &steps); err != nil {
			return nil, 0, err
		}
		t.Seq = id & maxSeq
		c.text = b.find == nil || b.find.in(t.Record.ID, t.Record.Name, t.Reason)
		if c.open = c.bytes > wholeSteps; !c.open {
			b.scan.scan(&scanner{buf: steps})
			if !b.wanted(&c) {
				continue
			}
			b.fill(t)
		}
		if list = append(list, c); b.q.Limit > 0 && len(b.page.Briefs)+len(list) >= b.q.Limit {
			last = id
			break
		}
	}
	return list, last, errors.Join(rows.Err(), rows.Close())
}

// wanted tells whether a row whose steps were just looked at is one of those asked for.
func (b *briefReader) wanted(c *candidate) bool {
	return (c.text || b.scan.textMatches) && (b.scan.stepMatches || b.q.Action == "" && b.q.ActionState == "")
}

// fill puts what was found in the steps into a brief.
func (b *briefReader) fill(t *run.Brief) {
	t.Steps, t.LatencyMs = b.scan.steps, b.scan.latency
	t.Answer, t.Problem, t.ProblemText = beginning(b.scan.answer), beginning(b.scan.code), beginning(b.scan.message)
}

// openLong reads long steps in pieces. SQLite holds the whole of them meanwhile; here there is one piece at a time.
func (b *briefReader) openLong(ctx context.Context, c *candidate) error {
	if c.bytes > hugeSteps {
		b.scan.scan(&scanner{})
		b.scan.steps = 0
		return nil
	}
	rows, err := b.db.QueryContext(ctx, `with recursive piece(at) as (select 1 union all select at + ?1 from piece where at + ?1 <= ?2)
		select substr(cast(steps as blob), at, ?1) from enrollments cross join piece where id = ?3`, pieceBytes, c.bytes, b.n<<seqBits+c.brief.Seq)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }() // a second close is nothing
	var piece sql.RawBytes
	var failed error
	b.scan.scan(&scanner{more: func() []byte {
		if failed != nil || !rows.Next() {
			return nil
		}
		if failed = rows.Scan(&piece); failed != nil {
			return nil
		}
		return piece
	}})
	if err := errors.Join(failed, rows.Err(), rows.Close()); err != nil {
		return err
	}
	b.fill(&c.brief)
	return nil
}
