package sqlite

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"math"
	"slices"

	"askflow/internal/run"
)

const (
	// pageEffects is how many bytes of effects a page has at most, unless the first one alone has more.
	pageEffects = 4 << 20
	// runsAhead is how many runs are read at once on the way through all of them.
	runsAhead = 32
)

// EffectPage returns a page of effects. A page ends early, with More, when its effects have 4 MB.
func (r *Reader) EffectPage(ctx context.Context, q run.EffectQuery) (run.EffectPage, error) {
	doing := "reading the effects of the runs"
	if q.Run != "" {
		doing = "reading the effects of run " + q.Run
	}
	e := effectReader{q: q, left: -1}
	if q.Scan > 0 {
		e.left = q.Scan
	}
	if err := e.start(ctx, r); err != nil || e.db == nil {
		return run.EffectPage{}, r.place.explain(doing, err)
	}
	err := e.read(ctx)
	return e.page, r.place.explain(doing, err)
}

// effectReader reads one page.
type effectReader struct {
	q     run.EffectQuery
	db    *sql.DB
	only  int64 // the one run asked for, 0 for all
	after int64 // the run of the key that the page begins behind, 0 at the beginning
	left  int64 // places that may still be looked at; no limit when negative
	bytes int
	full  bool // the page has what it may have
	page  run.EffectPage
}

// effectRun is a run to read.
type effectRun struct {
	n        int64
	workflow run.Workflow
}

func (e *effectReader) start(ctx context.Context, r *Reader) (err error) {
	if e.q.After.Run != "" {
		n, ok := parseRunID(e.q.After.Run)
		if !ok {
			return notFound(e.q.After.Run)
		}
		e.after = n
	}
	if e.q.Run == "" {
		e.db, err = r.db(ctx)
		return err
	}
	e.db, e.only, err = r.find(ctx, e.q.Run)
	return err
}

// read goes through the runs.
func (e *effectReader) read(ctx context.Context) error {
	for at, first := e.after, true; ; first = false {
		runs, err := e.runs(ctx, at, first)
		if err != nil || len(runs) == 0 {
			return err
		}
		for i := range runs {
			at = runs[i].n
			if e.full || e.left == 0 {
				e.page.More = true
				return nil
			}
			if err := e.readRun(ctx, &runs[i]); err != nil || e.page.More {
				return err
			}
		}
	}
}

// runs returns the next runs in the order of reading: from at on the first time, behind it later.
func (e *effectReader) runs(ctx context.Context, at int64, first bool) ([]effectRun, error) {
	low, high := int64(1), int64(maxRun)
	switch {
	case at > 0 && e.q.Backwards:
		low = at
	case at > 0:
		high = at
	}
	if !first && e.q.Backwards {
		low++
	} else if !first {
		high--
	}
	if e.only > 0 {
		low, high = max(low, e.only), min(high, e.only)
	}
	query := `select id, workflow_file, workflow_id, workflow_name from runs where id >= ? and id <= ? and status <> 'DELETED' order by id desc limit ?`
	if e.q.Backwards {
		query = `select id, workflow_file, workflow_id, workflow_name from runs where id >= ? and id <= ? and status <> 'DELETED' order by id limit ?`
	}
	rows, err := e.db.QueryContext(ctx, query, low, high, runsAhead)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }() // a second close is nothing
	var list []effectRun
	for rows.Next() {
		var one effectRun
		if err := rows.Scan(&one.n, &one.workflow.File, &one.workflow.ID, &one.workflow.Name); err != nil {
			return nil, err
		}
		list = append(list, one)
	}
	return list, errors.Join(rows.Err(), rows.Close())
}

// readRun reads what the page takes of one run. The run itself counts as a place.
func (e *effectReader) readRun(ctx context.Context, of *effectRun) error {
	after, before := e.bounds(of.n)
	if of.n != e.after && e.left > 0 { // a run that goes on was counted before
		e.left--
	}
	e.page.Scanned++
	w := newWindow(of.n, after, before, e.q.Backwards, 0)
	e.page.Next = e.edge(of, -1)
	for {
		if w.scan = e.left; w.scan == 0 || e.full {
			more, err := w.more(ctx, e.db)
			e.page.More = e.page.More || more
			return err
		}
		from, to, ok, err := w.next(ctx, e.db)
		if err != nil || !ok {
			return err
		}
		last, err := e.portion(ctx, of, from, to)
		if err != nil {
			return err
		}
		before := w.scanned
		w.passed(last)
		e.page.Scanned += w.scanned - before
		if e.left > 0 {
			e.left = max(0, e.left-(w.scanned-before))
		}
		if !e.full {
			e.page.Next = e.edge(of, last&maxSeq)
		}
	}
}

// bounds are the places around what is to be read of a run, both not included. The row of the key that the page begins behind
// is read again where it may have more.
func (e *effectReader) bounds(n int64) (after, before int64) {
	key := e.q.After
	seq := min(max(key.Seq, -1), maxSeq)
	switch {
	case n != e.after:
		return -1, -1
	case e.q.Backwards && key.Index <= 0:
		return -1, max(seq, 0)
	case e.q.Backwards:
		return -1, seq + 1
	case key.Index == math.MaxInt:
		return seq, -1
	}
	return max(seq, 0) - 1, -1
}

// edge is the key behind the whole row at this place, or before the first row of a run when the place is -1.
func (e *effectReader) edge(of *effectRun, seq int64) run.EffectKey {
	key := run.EffectKey{Run: runID(of.n), Seq: seq}
	switch {
	case seq < 0 && e.q.Backwards:
		key.Seq, key.Index = maxSeq, math.MaxInt
	case !e.q.Backwards && seq >= 0:
		key.Index = math.MaxInt
	case seq < 0:
		key.Index = -1
	}
	return key
}

// portion reads the rows between two ids until the page is full, and returns the id up to which it came.
func (e *effectReader) portion(ctx context.Context, of *effectRun, from, to int64) (last int64, err error) {
	query, last := `select id, record_type, record_id, record_name, effects from enrollments where id >= ? and id <= ? and octet_length(effects) > 2 order by id`, to
	if e.q.Backwards {
		query, last = query+` desc`, from
	}
	rows, err := e.db.QueryContext(ctx, query, from, to)
	if err != nil {
		return 0, err
	}
	defer func() { _ = rows.Close() }() // a second close is nothing
	for rows.Next() {
		var id int64
		var record run.RecordRef
		var effects sql.RawBytes
		if err := rows.Scan(&id, &record.ObjectType, &record.ID, &record.Name, &effects); err != nil {
			return 0, err
		}
		if !e.mayHold(effects) {
			continue
		}
		if e.take(of, id&maxSeq, record, effects); e.full {
			last = id
			break
		}
	}
	return last, errors.Join(rows.Err(), rows.Close())
}

// mayHold tells of most rows without what is asked for that they have none, fast.
func (e *effectReader) mayHold(effects []byte) bool {
	if len(e.q.Types) == 0 || bytes.Contains(effects, []byte(`\u`)) {
		return true
	}
	for _, t := range e.q.Types {
		if bytes.Contains(effects, []byte(t)) {
			return true
		}
	}
	return false
}

// take adds a row's effects to the page. Effects that are no JSON are left out: one bad row must not hide all others.
func (e *effectReader) take(of *effectRun, seq int64, record run.RecordRef, effects []byte) {
	var list []json.RawMessage
	if json.Unmarshal(effects, &list) != nil {
		return
	}
	step, i, end := 1, 0, len(list)
	if e.q.Backwards {
		step, i, end = -1, len(list)-1, -1
	}
	key := e.q.After
	resumes := of.n == e.after && seq == key.Seq
	for ; i != end; i += step {
		if resumes && (!e.q.Backwards && i <= key.Index || e.q.Backwards && i >= key.Index) {
			continue
		}
		var one run.Effect
		if e.full {
			e.page.More = true
			return
		}
		if !e.mayHold(list[i]) || json.Unmarshal(list[i], &one) != nil || !e.wanted(&one) {
			continue
		}
		if e.bytes += len(list[i]); e.bytes > pageEffects && len(e.page.Items) > 0 {
			e.full, e.page.More = true, true
			return
		}
		at := run.EffectKey{Run: runID(of.n), Seq: seq, Index: i}
		e.page.Items = append(e.page.Items, run.EffectItem{EffectKey: at, Workflow: of.workflow, Record: record, Effect: one})
		e.page.Next = at
		e.full = len(e.page.Items) == e.q.Limit
	}
}

// wanted tells whether an effect is one of those asked for.
func (e *effectReader) wanted(one *run.Effect) bool {
	if len(e.q.Types) > 0 && !slices.Contains(e.q.Types, one.Type) {
		return false
	}
	if e.q.User == "" && e.q.Owner == "" && len(e.q.Teams) == 0 {
		return true
	}
	switch one.Type {
	case run.EffectTask:
		return e.q.Owner != "" && one.Properties["hubspot_owner_id"] == e.q.Owner
	case run.EffectNotification, run.EffectEmail:
		return e.q.User != "" && slices.Contains(one.UserIDs, e.q.User) ||
			slices.ContainsFunc(one.TeamIDs, func(team string) bool { return slices.Contains(e.q.Teams, team) })
	}
	return false
}
