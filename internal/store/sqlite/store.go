package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"
	"time"

	"askflow/internal/run"
)

// Store reads and writes the runs of a database; several goroutines may use it. It implements run.Store.
//
// A run that this Store began or reopened and that was not finished when it is closed reads INTERRUPTED.
type Store struct {
	*Reader
	durable bool
	owner   string // tells this Store from every other

	writeMu        sync.Mutex // held by a transaction, guards what follows
	writer         *sql.DB
	conn           *sql.Conn // the only one that writes
	insert         inserter
	full           bool            // synchronous is FULL now
	open           map[string]bool // the runs that are open for writing here, and whether each must be durable
	nextCheckpoint int64           // size of the log, bytes, at which the writer insists on emptying it
}

var _ run.Store = (*Store)(nil)

// Begin stores a new run with status RUNNING, gives it the next id, this process as its owner, and the time when it has none.
// An *Error that is run.ErrBusy names the pid when another living process is executing a run in this database.
func (s *Store) Begin(ctx context.Context, r *run.Run) error {
	if r == nil {
		return &Error{Code: CodeBadRow, Message: "there is no run to begin", Hint: "give one"}
	}
	stored := *r
	stored.Status, stored.Ended, stored.Pid, stored.Host = run.RunRunning, time.Time{}, s.me.pid, s.me.host
	now := time.Now().UTC()
	if stored.Created.IsZero() {
		stored.Created = now
	}
	stored.Created = stored.Created.UTC()
	durable := s.mustBeDurable(r)
	err := s.write(ctx, "beginning a run", durable, func(ctx context.Context) error {
		if err := s.clear(ctx, 0, now); err != nil {
			return err
		}
		id, err := s.insertRun(ctx, &stored, now)
		stored.ID = runID(id)
		return err
	})
	if err != nil {
		return err
	}
	s.keepOpen(stored.ID, durable)
	*r = stored
	return nil
}

func (s *Store) mustBeDurable(r *run.Run) bool {
	return s.durable || r.Answers == "live" || r.Answers == "record"
}

// clear makes way for a run to be written: it settles the runs of dead processes, and fails when a living one other than this
// is executing a run.
func (s *Store) clear(ctx context.Context, id int64, now time.Time) error {
	rows, err := s.conn.QueryContext(ctx, `select `+runColumns+` from runs where status = 'RUNNING'`)
	if err != nil {
		return err
	}
	var running []*runRow
	for rows.Next() && err == nil {
		var one *runRow
		one, err = scanRun(rows.Scan)
		running = append(running, one)
	}
	if err := errors.Join(err, rows.Err(), rows.Close()); err != nil {
		return err
	}
	for _, one := range running {
		p := one.executor()
		if p.alive(s.me, one.updated, now) {
			if p != s.me || one.id == id {
				return busy(one.id, p)
			}
			continue
		}
		if _, err := s.conn.ExecContext(ctx, `update runs set status = 'INTERRUPTED', ended = updated, owner = '' where id = ?`, one.id); err != nil {
			return err
		}
	}
	return nil
}

func (s *Store) insertRun(ctx context.Context, r *run.Run, now time.Time) (int64, error) {
	totals, err := jsonText(r.Totals)
	if err != nil {
		return 0, err
	}
	failure, err := failureText(r.Error)
	if err != nil {
		return 0, err
	}
	result, err := s.conn.ExecContext(ctx, `insert into runs (workflow_file, workflow_id, workflow_name, status, created, updated,
		now, answers, era, seed, totals, error, pid, host, process, owner) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		r.Workflow.File, r.Workflow.ID, r.Workflow.Name, string(r.Status), timeText(r.Created), timeText(now), timeText(r.Now),
		r.Answers, r.Era, r.Seed, totals, failure, r.Pid, r.Host, s.me.start, s.owner)
	if err != nil {
		return 0, err
	}
	id, err := result.LastInsertId()
	if err != nil {
		return 0, err
	}
	if id > maxRun {
		return 0, &Error{Code: CodeBadRow, Message: fmt.Sprintf("run %s is one more than the database can count", runID(id)),
			Hint: "move the database away; a new one starts at r1"}
	}
	var inputs any
	if r.Inputs != nil {
		if inputs, err = jsonText(r.Inputs); err != nil {
			return 0, err
		}
	}
	_, err = s.conn.ExecContext(ctx, `insert into run_inputs (run, settings, flow, inputs) values (?, ?, ?, ?)`,
		id, rawText(r.Settings), rawText(r.Flow), inputs)
	return id, err
}

// keepIdle are new totals with how long the run did not go on: that stands beside the totals in their JSON, and never changes what a
// result says.
const keepIdle = `case when totals ->> '$.idleMs' is null then ?1 else json_set(?1, '$.idleMs', totals ->> '$.idleMs') end`

// Reopen takes an INTERRUPTED, STOPPED or COMPLETED run again for writing: it is RUNNING, owned by this process, without end
// and error. run.ErrBusy when a living process, this one included, is executing it.
func (s *Store) Reopen(ctx context.Context, id string) (*run.Run, error) {
	r, err := s.Run(ctx, id)
	if err != nil {
		return nil, err
	}
	n, _ := parseRunID(r.ID)
	durable := s.mustBeDurable(r)
	now := time.Now().UTC()
	err = s.write(ctx, "reopening run "+id, durable, func(ctx context.Context) error {
		if err := s.clear(ctx, n, now); err != nil {
			return err
		}
		result, err := s.conn.ExecContext(ctx, `update runs set totals = json_set(totals, '$.idleMs', coalesce(totals ->> '$.idleMs', 0) +
				max(0, cast(round((julianday(?1) - julianday(coalesce(ended, updated))) * 86400000) as integer))),
			status = 'RUNNING', ended = null, error = null, updated = ?1, pid = ?2, host = ?3, process = ?4, owner = ?5 where id = ?6 and status <> 'DELETED'`, timeText(now), s.me.pid, s.me.host, s.me.start, s.owner, n)
		if met, err := metRow(result, err); err != nil || met {
			return err
		}
		return notFound(id)
	})
	if err != nil {
		return nil, err
	}
	s.keepOpen(r.ID, durable)
	// Again, for what was committed between the first look and taking it over.
	return s.Run(ctx, r.ID)
}

// Commit adds rows and replaces the run's totals in one transaction: after a crash all of it is there or nothing. A row with
// the Seq of an earlier one takes its place. Without totals they stay as they are.
func (s *Store) Commit(ctx context.Context, id string, rows []run.Row, totals *run.Totals) error {
	for i := range rows {
		if seq := rows[i].Seq; seq < 0 || seq > maxSeq {
			return &Error{Code: CodeBadRow, Message: fmt.Sprintf("a result of run %s has the place %d; places go from 0 to %d", id, seq, int64(maxSeq)),
				Hint: "use fewer records"}
		}
	}
	var text any
	if totals != nil {
		t, err := jsonText(totals)
		if err != nil {
			return s.place.explain("committing results of run "+id, err)
		}
		text = t
	}
	n, durable, err := s.opened(id)
	if err != nil {
		return err
	}
	return s.write(ctx, "committing results of run "+id, durable, func(ctx context.Context) error {
		result, err := s.conn.ExecContext(ctx, `update runs set totals = case when ?1 is null then totals else `+keepIdle+` end, updated = ?2
			where id = ?3 and owner = ?4`,
			text, timeText(time.Now().UTC()), n, s.owner)
		if met, err := metRow(result, err); err != nil || !met {
			return errors.Join(err, s.whyClosed(ctx, n))
		}
		return s.insert.rows(ctx, s.conn, n, rows)
	})
}

// Finish stores status, end (now when there is none), error and totals, and lets the run go.
func (s *Store) Finish(ctx context.Context, r *run.Run) error {
	if r == nil || r.Status != run.RunCompleted && r.Status != run.RunInterrupted && r.Status != run.RunStopped {
		return &Error{Code: CodeBadRow, Message: "a run can only finish as COMPLETED, INTERRUPTED or STOPPED", Hint: "set its status"}
	}
	n, durable, err := s.opened(r.ID)
	if err != nil {
		return err
	}
	ended := r.Ended.UTC()
	if r.Ended.IsZero() {
		ended = time.Now().UTC()
	}
	doing := "finishing run " + r.ID
	totals, err := jsonText(r.Totals)
	if err != nil {
		return s.place.explain(doing, err)
	}
	failure, err := failureText(r.Error)
	if err != nil {
		return s.place.explain(doing, err)
	}
	err = s.write(ctx, doing, durable, func(ctx context.Context) error {
		result, err := s.conn.ExecContext(ctx, `update runs set totals = `+keepIdle+`, status = ?2, ended = ?3, updated = ?4, error = ?5, owner = ''
			where id = ?6 and owner = ?7`, totals, string(r.Status), timeText(ended), timeText(time.Now().UTC()), failure, n, s.owner)
		if met, err := metRow(result, err); err != nil || !met {
			return errors.Join(err, s.whyClosed(ctx, n))
		}
		return nil
	})
	if err != nil {
		return err
	}
	r.Ended = ended
	s.letGo(r.ID)
	return nil
}

// deleteRows is how many rows one transaction of Delete removes: it bounds the log and how long others wait.
const deleteRows = 2000

// Delete removes a run and its rows; a run that a living process is executing is refused with run.ErrBusy. The run is gone at
// once, its rows go in portions. Then the file gives back its space in portions, where that is worth it.
func (s *Store) Delete(ctx context.Context, id string) error {
	_, n, err := s.find(ctx, id)
	doing := "deleting run " + id
	if err != nil {
		return s.place.explain(doing, err)
	}
	now := time.Now().UTC()
	err = s.write(ctx, doing, false, func(ctx context.Context) error {
		row, err := scanRun(s.conn.QueryRowContext(ctx, `select `+runColumns+` from runs where id = ? and status <> 'DELETED'`, n).Scan)
		switch {
		case errors.Is(err, sql.ErrNoRows):
			return notFound(id)
		case err != nil:
			return err
		case row.run.Status == run.RunRunning && row.executor().alive(s.me, row.updated, now):
			return busy(n, row.executor())
		}
		_, err = s.conn.ExecContext(ctx, `update runs set status = 'DELETED', owner = '' where id = ?`, n)
		return err
	})
	if err != nil {
		return err
	}
	s.letGo(runID(n))
	if err := s.sweep(ctx); err != nil {
		return err
	}
	return s.giveBack(ctx)
}

// sweep removes the rows of deleted runs, also of those whose Delete did not come to its end.
func (s *Store) sweep(ctx context.Context) error {
	for done := false; !done; {
		err := s.write(ctx, "removing the results of deleted runs", false, func(ctx context.Context) error {
			var n int64
			err := s.conn.QueryRowContext(ctx, `select id from runs where status = 'DELETED' limit 1`).Scan(&n)
			if errors.Is(err, sql.ErrNoRows) {
				done = true
				return nil
			}
			if err != nil {
				return err
			}
			result, err := s.conn.ExecContext(ctx, `delete from enrollments where id in
				(select id from enrollments where id >= ? and id <= ? order by id limit ?)`, n<<seqBits, n<<seqBits+maxSeq, deleteRows)
			if err != nil {
				return err
			}
			if gone, err := result.RowsAffected(); err != nil || gone == deleteRows {
				return err
			}
			_, err = s.conn.ExecContext(ctx, `delete from runs where id = ?`, n)
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}
