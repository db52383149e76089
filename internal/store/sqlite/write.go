package sqlite

import (
	"cmp"
	"context"
	"database/sql"
	"database/sql/driver"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"

	"askflow/internal/run"
)

// write runs fn in a transaction of its own. Waiting for the database ends with ctx; once begun, a transaction is short and
// is not torn by a cancellation: fn gets a context that cannot end. Its error rolls everything back.
func (s *Store) write(ctx context.Context, doing string, durable bool, fn func(context.Context) error) error {
	s.writeMu.Lock()
	defer s.writeMu.Unlock()
	if s.conn == nil {
		return &Error{Code: CodeClosed, Message: "the database " + s.place.file + " was closed", Hint: "open it again"}
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	calm := context.WithoutCancel(ctx)
	if err := s.setDurable(calm, durable || s.durable); err != nil {
		return s.place.explain(doing, err)
	}
	if _, err := s.conn.ExecContext(ctx, "begin immediate"); err != nil {
		// Should the cancellation have come a moment too late, there is a transaction now.
		_, _ = s.conn.ExecContext(calm, "rollback") //nolint:errcheck // mostly there is none
		return s.place.explain(doing, err)
	}
	err := fn(calm)
	if err == nil {
		_, err = s.conn.ExecContext(calm, "commit")
	}
	if err != nil {
		// A full disk has rolled back already, then this finds no transaction.
		_, _ = s.conn.ExecContext(calm, "rollback") //nolint:errcheck // err says what matters
		return s.place.explain(doing, err)
	}
	s.boundLog(calm)
	return nil
}

// setDurable decides whether commits wait for the disk.
func (s *Store) setDurable(ctx context.Context, durable bool) error {
	if durable == s.full {
		return nil
	}
	query := "pragma synchronous=normal; pragma fullfsync=0"
	if durable {
		query = "pragma synchronous=full; pragma fullfsync=1" // the second is what makes a Mac's disk really write
	}
	if _, err := s.conn.ExecContext(ctx, query); err != nil {
		return err
	}
	s.full = durable
	return nil
}

// boundLog empties the write-ahead log when readers have kept the ordinary checkpoints from doing so. It waits for them, so
// after failing it tries again only when the log has doubled.
func (s *Store) boundLog(ctx context.Context) {
	info, err := os.Stat(s.place.file + "-wal")
	if err != nil || info.Size() < s.nextCheckpoint {
		return
	}
	var blocked, pages, moved int64
	err = s.conn.QueryRowContext(ctx, "pragma wal_checkpoint(truncate)").Scan(&blocked, &pages, &moved)
	if err == nil && blocked == 0 {
		s.nextCheckpoint = logLimit
		return
	}
	s.nextCheckpoint = 2 * info.Size() // the commit itself stands
}

// opened returns the number of a run that is open for writing here, and whether its commits wait for the disk.
func (s *Store) opened(id string) (n int64, durable bool, err error) {
	n, ok := parseRunID(id)
	if !ok {
		return 0, false, notFound(id)
	}
	s.writeMu.Lock()
	defer s.writeMu.Unlock()
	if s.conn == nil {
		return 0, false, &Error{Code: CodeClosed, Message: "the database " + s.place.file + " was closed", Hint: "open it again"}
	}
	return n, s.open[id], nil
}

func (s *Store) keepOpen(id string, durable bool) {
	s.writeMu.Lock()
	defer s.writeMu.Unlock()
	if s.open == nil {
		s.open = map[string]bool{}
	}
	s.open[id] = durable
}

func (s *Store) letGo(id string) {
	s.writeMu.Lock()
	defer s.writeMu.Unlock()
	delete(s.open, id)
}

// Close marks the runs that were not finished INTERRUPTED and closes the database.
func (s *Store) Close() error {
	ctx := context.Background()
	var errs []error
	if s.unfinished() {
		errs = append(errs, s.write(ctx, "closing the database", false, func(ctx context.Context) error {
			_, err := s.conn.ExecContext(ctx, `update runs set status = 'INTERRUPTED', ended = updated, owner = ''
				where owner = ? and status = 'RUNNING'`, s.owner)
			return err
		}))
	}
	// Readers first: the last connection to close tidies the log away, and only one that writes can.
	errs = append(errs, s.Reader.Close())
	s.writeMu.Lock()
	defer s.writeMu.Unlock()
	errs = append(errs, s.insert.close(s.conn))
	if s.conn != nil {
		errs = append(errs, s.conn.Close())
		s.conn = nil
	}
	return s.place.explain("closing the database", errors.Join(append(errs, s.writer.Close())...))
}

func (s *Store) unfinished() bool {
	s.writeMu.Lock()
	defer s.writeMu.Unlock()
	return s.conn != nil && len(s.open) > 0
}

const rowColumns = 14

// inserter adds rows by one prepared statement, on the driver's own connection: going through database/sql costs a third more.
type inserter struct {
	statement driver.Stmt
	args      [rowColumns]driver.NamedValue
}

func (in *inserter) rows(ctx context.Context, conn *sql.Conn, n int64, rows []run.Row) error {
	order := inputOrder(rows)
	return conn.Raw(func(c any) error {
		if err := in.prepare(ctx, c); err != nil {
			return err
		}
		statement, ok := in.statement.(driver.StmtExecContext)
		if !ok {
			return fmt.Errorf("%T executes nothing", in.statement)
		}
		for i := range rows {
			row := &rows[i]
			if order != nil {
				row = &rows[order[i]]
			}
			in.bind(n, row)
			if _, err := statement.ExecContext(ctx, in.args[:]); err != nil {
				return err
			}
		}
		return nil
	})
}

func (in *inserter) prepare(ctx context.Context, c any) error {
	if in.statement != nil {
		return nil
	}
	conn, ok := c.(driver.ConnPrepareContext)
	if !ok {
		return fmt.Errorf("%T prepares nothing", c)
	}
	for i := range in.args {
		in.args[i].Ordinal = i + 1
	}
	var err error
	in.statement, err = conn.PrepareContext(ctx, `insert or replace into enrollments (id, record_type, record_id, record_name, state, reason,
		started, ended, failed_steps, asks, no_answer, cost, steps, effects) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`)
	return err
}

func (in *inserter) bind(n int64, row *run.Row) {
	for i, v := range [rowColumns]any{n<<seqBits + row.Seq, row.Record.ObjectType, row.Record.ID, row.Record.Name, string(row.State),
		row.Reason, timeText(row.Started), timeText(row.Ended), int64(row.FailedSteps), int64(row.Asks), int64(row.NoAnswer),
		row.CostUSD, listText(row.Steps), listText(row.Effects)} {
		in.args[i].Value = v
	}
}

func (in *inserter) close(conn *sql.Conn) error {
	if in.statement == nil || conn == nil {
		return nil
	}
	err := conn.Raw(func(any) error { return in.statement.Close() })
	in.statement = nil
	return err
}

// inputOrder is the order in which rows are best inserted, nil when it is the one they have: in order the file's pages are
// filled to the end. Of rows with the same place the last one stays the last.
func inputOrder(rows []run.Row) []int {
	order := make([]int, len(rows))
	for i := range order {
		order[i] = i
	}
	bySeq := func(a, b int) int { return cmp.Compare(rows[a].Seq, rows[b].Seq) }
	if slices.IsSortedFunc(order, bySeq) {
		return nil
	}
	slices.SortStableFunc(order, bySeq)
	return order
}

// listText is a JSON list as text; nothing is the empty list.
func listText(b []byte) string {
	if len(b) == 0 {
		return "[]"
	}
	return string(b)
}

func rawText(b json.RawMessage) any {
	if b == nil {
		return nil
	}
	return string(b)
}

func failureText(e *run.Error) (any, error) {
	if e == nil {
		return nil, nil
	}
	return jsonText(e)
}

// metRow tells whether a write met a row.
func metRow(result sql.Result, err error) (bool, error) {
	if err != nil {
		return false, err
	}
	n, err := result.RowsAffected()
	return n > 0, err
}

// whyClosed says why a run cannot be written.
func (s *Store) whyClosed(ctx context.Context, n int64) error {
	err := s.conn.QueryRowContext(ctx, `select id from runs where id = ? and status <> 'DELETED'`, n).Scan(&n)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return notFound(runID(n))
	case err != nil:
		return err
	}
	return notOpen(runID(n))
}
