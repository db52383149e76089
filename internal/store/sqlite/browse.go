package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"askflow/internal/run"
)

var _ run.Browser = (*Reader)(nil)

// RunList lists runs, newest first, without Settings, Flow and Inputs. What it costs does not depend on how many runs there
// are, except where a text or a status is rare.
func (r *Reader) RunList(ctx context.Context, q run.RunQuery) ([]*run.Run, error) {
	const doing = "listing the runs"
	db, err := r.db(ctx)
	if err != nil || db == nil {
		return nil, r.place.explain(doing, err)
	}
	ids, err := r.runIDs(ctx, db, q)
	if err != nil {
		return nil, r.place.explain(doing, err)
	}
	list := make([]*run.Run, 0, len(ids))
	for part := range slices.Chunk(ids, 500) {
		if list, err = r.runsOf(ctx, db, part, list); err != nil {
			return nil, r.place.explain(doing, err)
		}
	}
	return list, nil
}

// runIDs finds the runs of a query, newest first. It leaves their totals, the larger part of a run, alone.
func (r *Reader) runIDs(ctx context.Context, db *sql.DB, q run.RunQuery) ([]int64, error) {
	query, args, err := runsQuery(q)
	if err != nil {
		return nil, err
	}
	rows, err := db.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }() // a second close is nothing
	var ids []int64
	find := newFinder(q.Text)
	for now := time.Now(); rows.Next(); {
		var one runRow
		var updated sql.NullString
		w := &one.run.Workflow
		if err := rows.Scan(&one.id, &w.File, &w.ID, &w.Name, &one.run.Status, &updated, &one.run.Answers, &one.run.Pid, &one.run.Host, &one.process); err != nil {
			return nil, err
		}
		if find != nil && !find.in(runID(one.id), w.Name, w.File, w.ID, one.run.Answers) {
			continue
		}
		if len(q.Statuses) > 0 {
			if one.updated, err = parseTime(updated); err != nil {
				return nil, fmt.Errorf("run %s has a time that cannot be read: %w", runID(one.id), err)
			}
			if one.settle(r.me, now); !slices.Contains(q.Statuses, one.run.Status) {
				continue
			}
		}
		if ids = append(ids, one.id); len(ids) == q.Limit {
			break
		}
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return nil, err
	}
	slices.SortFunc(ids, func(a, b int64) int { return int(b - a) })
	return ids, nil
}

// runsQuery builds the query of runIDs.
func runsQuery(q run.RunQuery) (string, []any, error) {
	var b strings.Builder
	var args []any
	b.WriteString(`select id, workflow_file, workflow_id, workflow_name, status, updated, answers, pid, host, process from runs where status <> 'DELETED'`)
	for _, bound := range []struct{ id, sql string }{{q.Before, ` and id < ?`}, {q.After, ` and id > ?`}} {
		if bound.id == "" {
			continue
		}
		n, ok := parseRunID(bound.id)
		if !ok {
			return "", nil, notFound(bound.id)
		}
		b.WriteString(bound.sql)
		args = append(args, n)
	}
	if q.Workflow != "" {
		b.WriteString(` and workflow_file = ?`)
		args = append(args, q.Workflow)
	}
	if q.After != "" && q.Before == "" {
		b.WriteString(` order by id`)
	} else {
		b.WriteString(` order by id desc`)
	}
	return b.String(), args, nil
}

// runsOf reads runs by their numbers.
func (r *Reader) runsOf(ctx context.Context, db *sql.DB, ids []int64, list []*run.Run) ([]*run.Run, error) {
	args := make([]any, len(ids))
	for i, id := range ids {
		args[i] = id
	}
	rows, err := db.QueryContext(ctx, `select `+runColumns+`, null, null, null from runs where id in (?`+strings.Repeat(`,?`, len(ids)-1)+`)
		and status <> 'DELETED' order by id desc`, args...)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }() // a second close is nothing
	for now := time.Now(); rows.Next(); {
		one, err := r.scan(rows.Scan, now)
		if err != nil {
			return nil, err
		}
		list = append(list, one)
	}
	return list, errors.Join(rows.Err(), rows.Close())
}

// RunCount is how many runs there are.
func (r *Reader) RunCount(ctx context.Context) (n int64, err error) {
	const doing = "counting the runs"
	db, err := r.db(ctx)
	if err != nil || db == nil {
		return 0, r.place.explain(doing, err)
	}
	err = db.QueryRowContext(ctx, `select count(*) from runs where status <> 'DELETED'`).Scan(&n)
	return n, r.place.explain(doing, err)
}

// Row returns one whole row of a run.
func (r *Reader) Row(ctx context.Context, id string, seq int64) (*run.Row, error) {
	doing := "reading a result of run " + id
	db, n, err := r.find(ctx, id)
	if err != nil {
		return nil, r.place.explain(doing, err)
	}
	if seq < 0 || seq > maxSeq {
		return nil, noRow(fmt.Sprintf("run %s has no result at place %d", runID(n), seq))
	}
	query, args := rowsQuery(n, run.Query{AfterSeq: seq - 1})
	args[1], args[2] = n<<seqBits+seq, 1
	page, _, err := readPage(ctx, db, query, args)
	if err != nil {
		return nil, r.place.explain(doing, err)
	}
	if len(page) == 0 {
		return nil, noRow(fmt.Sprintf("run %s has no result at place %d", runID(n), seq))
	}
	return page[0], nil
}

// Near returns the first place at which a record stands in a run. Without an index it looks at the rows before it.
func (r *Reader) Near(ctx context.Context, id, recordID string) (int64, error) {
	doing := "looking for a record in run " + id
	db, n, err := r.find(ctx, id)
	if err != nil {
		return 0, r.place.explain(doing, err)
	}
	var at int64
	err = db.QueryRowContext(ctx, `select id from enrollments where id >= ? and id <= ? and record_id = ? order by id limit 1`,
		n<<seqBits, n<<seqBits+maxSeq, recordID).Scan(&at)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, noRow(fmt.Sprintf("run %s did not consider a record with the id %q", runID(n), recordID))
	}
	return at & maxSeq, r.place.explain(doing, err)
}

// noRow says which result there is none of.
func noRow(message string) error {
	return &Error{Code: CodeNoRow, Message: message, Hint: "`emulator runs show RUN` shows the results there are", Err: run.ErrNoRow}
}
