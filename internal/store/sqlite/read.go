package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"askflow/internal/run"
)

const (
	// pageRows and pageBytes limit what Rows reads ahead. Between pages no query is open: a slow reader holds nobody up,
	// and what it calls may use the store.
	pageRows  = 256
	pageBytes = 1 << 20
)

// Reader reads the runs of a database; several goroutines may use it. It implements run.Reader.
type Reader struct {
	place place
	me    process

	mu     sync.Mutex
	pool   *sql.DB // nil until there is a database
	closed bool
}

var _ run.Reader = (*Reader)(nil)

func newReader(p place, pool *sql.DB) *Reader {
	return &Reader{place: p, me: thisProcess(), pool: pool}
}

// OpenReader opens the database in the state folder dir for reading. It makes nothing: while there is no database, there are
// no runs. Its Delete refuses. Errors as of Open.
func OpenReader(ctx context.Context, dir string, opts Options) (*Reader, error) {
	p, err := newPlace(dir, opts)
	if err != nil {
		return nil, err
	}
	r := newReader(p, nil)
	if _, err := r.db(ctx); err != nil {
		return nil, errors.Join(p.explain("opening the database", err), r.Close())
	}
	return r, nil
}

// Close closes the database.
func (r *Reader) Close() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.closed = true
	if r.pool == nil {
		return nil
	}
	err := r.pool.Close()
	r.pool = nil
	return err
}

// db returns the connections, nil when there is no database yet.
func (r *Reader) db(ctx context.Context) (*sql.DB, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return nil, &Error{Code: CodeClosed, Message: "the database " + r.place.file + " was closed", Hint: "open it again"}
	}
	if r.pool != nil {
		return r.pool, ctx.Err()
	}
	if _, err := os.Stat(r.place.file); errors.Is(err, fs.ErrNotExist) {
		return nil, ctx.Err()
	}
	pool, version, err := r.openPool(ctx, url.Values{"mode": {"ro"}})
	if err != nil && r.mayBeStill(err) {
		pool, version, err = r.openPool(ctx, url.Values{"mode": {"ro"}, "immutable": {"1"}})
	}
	if err != nil {
		return nil, err
	}
	if version == 0 { // somebody is just making it
		return nil, pool.Close()
	}
	r.pool = pool
	return pool, nil
}

func (r *Reader) openPool(ctx context.Context, params url.Values) (*sql.DB, int, error) {
	c, err := r.place.connector(params, "cache_size(-"+strconv.Itoa(readerCacheKB)+")")
	if err != nil {
		return nil, 0, err
	}
	pool := sql.OpenDB(c)
	pool.SetMaxOpenConns(readers)
	pool.SetMaxIdleConns(readers)
	version, err := r.place.version(ctx, pool)
	if err != nil {
		return nil, 0, errors.Join(err, pool.Close())
	}
	return pool, version, nil
}

// mayBeStill tells whether err is what SQLite says about a file in a folder that may not be written, where it cannot keep the
// index of its log. When there is no log either, nothing can be changing the file.
func (r *Reader) mayBeStill(err error) bool {
	var ours *Error
	if !errors.As(r.place.explain("", err), &ours) || (ours.Code != CodeUnreachable && ours.Code != CodeReadOnly) {
		return false
	}
	log, err := os.Stat(r.place.file + "-wal")
	return errors.Is(err, fs.ErrNotExist) || err == nil && log.Size() == 0
}

// Runs lists runs, newest first, without Flow.
func (r *Reader) Runs(ctx context.Context) ([]*run.Run, error) {
	const doing = "listing the runs"
	db, err := r.db(ctx)
	if err != nil || db == nil {
		return nil, r.place.explain(doing, err)
	}
	rows, err := db.QueryContext(ctx, `select `+runColumns+`, settings, null, inputs from runs left join run_inputs on run = id
		where status <> 'DELETED' order by id desc`)
	if err != nil {
		return nil, r.place.explain(doing, err)
	}
	defer func() { _ = rows.Close() }()
	var list []*run.Run
	for now := time.Now(); rows.Next(); {
		one, err := r.scan(rows.Scan, now)
		if err != nil {
			return nil, r.place.explain(doing, err)
		}
		list = append(list, one)
	}
	return list, r.place.explain(doing, rows.Err())
}

// scan reads a run with its settings, flow and inputs.
func (r *Reader) scan(scan func(...any) error, now time.Time) (*run.Run, error) {
	var settings, flow, inputs sql.NullString
	row, err := scanRun(func(to ...any) error { return scan(append(to, &settings, &flow, &inputs)...) })
	if err != nil {
		return nil, err
	}
	row.settle(r.me, now)
	one := &row.run
	if settings.Valid {
		one.Settings = json.RawMessage(settings.String)
	}
	if flow.Valid {
		one.Flow = json.RawMessage(flow.String)
	}
	if inputs.Valid {
		if err := json.Unmarshal([]byte(inputs.String), &one.Inputs); err != nil {
			return nil, fmt.Errorf("run %s has inputs that cannot be read: %w", one.ID, err)
		}
	}
	return one, nil
}

// Run returns one run; "last" is the newest. run.ErrNotFound when there is none.
func (r *Reader) Run(ctx context.Context, id string) (*run.Run, error) {
	doing := "reading run " + id
	db, err := r.db(ctx)
	if err != nil {
		return nil, r.place.explain(doing, err)
	}
	if db == nil {
		return nil, notFound(id)
	}
	query, args := `select `+runColumns+`, settings, flow, inputs from runs left join run_inputs on run = id
		where status <> 'DELETED' `, []any{}
	if id == "last" {
		query += `order by id desc limit 1`
	} else {
		n, ok := parseRunID(id)
		if !ok {
			return nil, notFound(id)
		}
		query, args = query+`and id = ?`, []any{n}
	}
	one, err := r.scan(db.QueryRowContext(ctx, query, args...).Scan, time.Now())
	if errors.Is(err, sql.ErrNoRows) {
		return nil, notFound(id)
	}
	return one, r.place.explain(doing, err)
}

// find returns the number of the run with this id and the connections to read it.
func (r *Reader) find(ctx context.Context, id string) (*sql.DB, int64, error) {
	db, err := r.db(ctx)
	if err != nil {
		return nil, 0, err
	}
	if db == nil {
		return nil, 0, notFound(id)
	}
	n, ok := parseRunID(id)
	query := `select id from runs where status <> 'DELETED' and id = ?`
	if id == "last" {
		ok, query = true, `select id from runs where status <> 'DELETED' and id <> ? order by id desc limit 1`
	}
	if !ok {
		return nil, 0, notFound(id)
	}
	err = db.QueryRowContext(ctx, query, n).Scan(&n)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, 0, notFound(id)
	}
	return db, n, err
}

// Rows calls fn for each row in input order until it returns an error, which is returned as it is. fn may keep the row and may
// use the store. Rows that are committed meanwhile behind the current one are seen.
func (r *Reader) Rows(ctx context.Context, id string, q run.Query, fn func(*run.Row) error) error {
	doing := "reading the results of run " + id
	db, n, err := r.find(ctx, id)
	if err != nil {
		return r.place.explain(doing, err)
	}
	query, args := rowsQuery(n, q)
	for left, pages := q.Limit, 1; ; pages++ {
		args[len(args)-1] = pageRows
		if q.Limit > 0 {
			args[len(args)-1] = min(pageRows, left)
		}
		page, more, err := readPage(ctx, db, query, args)
		if err != nil {
			return r.place.explain(doing, err)
		}
		for _, row := range page {
			if err := fn(row); err != nil {
				return err
			}
		}
		left -= len(page)
		if more && (q.Limit <= 0 || left > 0) {
			args[0] = n<<seqBits + page[len(page)-1].Seq
			continue
		}
		if pages > 1 { // a run that was deleted between pages is an error, not a shorter run
			_, _, err = r.find(ctx, runID(n))
		}
		return r.place.explain(doing, err)
	}
}

// rowsQuery builds the query of one page. Its first argument is the enrollment before the page, its last the page's length.
func rowsQuery(n int64, q run.Query) (string, []any) {
	var b strings.Builder
	b.WriteString(`select seq, record_type, record_id, record_name, state, reason, started, ended, failed_steps, asks, no_answer,
		cost, steps, effects from enrollments where id > ? and id <= ?`)
	args := []any{n<<seqBits + min(max(q.AfterSeq, -1), maxSeq), n<<seqBits + maxSeq}
	if q.RecordID != "" {
		b.WriteString(` and record_id = ?`)
		args = append(args, q.RecordID)
	}
	if len(q.States) > 0 {
		b.WriteString(` and state in (?` + strings.Repeat(`, ?`, len(q.States)-1) + `)`)
		for _, s := range q.States {
			args = append(args, string(s))
		}
	}
	if q.Failed {
		b.WriteString(` and failed_steps > 0`)
	}
	b.WriteString(` order by id limit ?`)
	return b.String(), append(args, pageRows)
}

// readPage reads up to the page's length in rows, or pageBytes; more tells that there may be more.
func readPage(ctx context.Context, db *sql.DB, query string, args []any) (page []*run.Row, more bool, err error) {
	rows, err := db.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, false, err
	}
	defer func() { _ = rows.Close() }()
	limit, _ := args[len(args)-1].(int)
	for bytes := 0; rows.Next(); {
		row := new(run.Row)
		var started, ended sql.NullString
		if err := rows.Scan(&row.Seq, &row.Record.ObjectType, &row.Record.ID, &row.Record.Name, &row.State, &row.Reason, &started,
			&ended, &row.FailedSteps, &row.Asks, &row.NoAnswer, &row.CostUSD, &row.Steps, &row.Effects); err != nil {
			return nil, false, err
		}
		if row.Started, err = parseTime(started); err != nil {
			return nil, false, err
		}
		if row.Ended, err = parseTime(ended); err != nil {
			return nil, false, err
		}
		page = append(page, row)
		if bytes += len(row.Steps) + len(row.Effects); len(page) == limit || bytes >= pageBytes {
			return page, true, rows.Close()
		}
	}
	return page, false, rows.Err()
}

// Done calls fn for each place of the input that has a row, in order, with its state and whether a step failed, until fn
// returns an error, which is returned as it is.
func (r *Reader) Done(ctx context.Context, id string, fn func(seq int64, state run.State, failed bool) error) error {
	doing := "reading what run " + id + " has done"
	db, n, err := r.find(ctx, id)
	if err != nil {
		return r.place.explain(doing, err)
	}
	type done struct {
		seq    int64
		state  run.State
		failed bool
	}
	const length = 4096
	page := make([]done, 0, length)
	for after := int64(-1); ; after = page[length-1].seq {
		page = page[:0]
		rows, err := db.QueryContext(ctx, `select seq, state, failed_steps > 0 from enrollments where id > ? and id <= ?
			order by id limit ?`, n<<seqBits+after, n<<seqBits+maxSeq, length)
		if err != nil {
			return r.place.explain(doing, err)
		}
		for rows.Next() && err == nil {
			var d done
			err = rows.Scan(&d.seq, &d.state, &d.failed)
			page = append(page, d)
		}
		if err := errors.Join(err, rows.Err(), rows.Close()); err != nil {
			return r.place.explain(doing, err)
		}
		for _, d := range page {
			if err := fn(d.seq, d.state, d.failed); err != nil {
				return err
			}
		}
		if len(page) < length {
			return nil
		}
	}
}

// Delete refuses: this is for reading.
func (r *Reader) Delete(_ context.Context, id string) error {
	return &Error{Code: CodeReadOnly, Message: "run " + id + " cannot be deleted: the database " + r.place.file + " was opened for reading",
		Hint: "open it for writing"}
}
