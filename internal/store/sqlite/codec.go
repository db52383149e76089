package sqlite

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"askflow/internal/run"
)

// seqBits is how much of an enrollment's id is its place in the input.
const seqBits = 40

// maxSeq is the last place of an input: a trillion records are a million times what a portal folder is made for.
const maxSeq = 1<<seqBits - 1

// maxRun is the last run whose enrollments' ids fit.
const maxRun = math.MaxInt64 >> seqBits

func runID(n int64) string { return "r" + strconv.FormatInt(n, 10) }

// parseRunID reads r1, r2, …, exactly as runID writes them.
func parseRunID(id string) (int64, bool) {
	rest, ok := strings.CutPrefix(id, "r")
	n, err := strconv.ParseInt(rest, 10, 64)
	return n, ok && err == nil && n > 0 && n <= maxRun && runID(n) == id
}

// timeText is the time as ISO 8601 with its offset, nil for the zero time. What that form cannot hold exactly (years beyond
// 9999, the odd offsets of local mean time) is kept in UTC, or as @ and Unix seconds.
func timeText(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	if _, offset := t.Zone(); offset%60 != 0 {
		t = t.UTC()
	}
	if y := t.Year(); y < 0 || y > 9999 {
		return "@" + strconv.FormatInt(t.Unix(), 10) + "." + fmt.Sprintf("%09d", t.Nanosecond())
	}
	return t.Format(time.RFC3339Nano)
}

func parseTime(s sql.NullString) (time.Time, error) {
	if !s.Valid || s.String == "" {
		return time.Time{}, nil
	}
	rest, ok := strings.CutPrefix(s.String, "@")
	if !ok {
		t, err := time.Parse(time.RFC3339Nano, s.String)
		if err == nil && t.Location() != time.UTC {
			// Two times at the same offset should be equal, not only the same instant: drop the local zone's name.
			_, offset := t.Zone()
			t = t.In(time.FixedZone("", offset))
		}
		return t, err
	}
	sec, nano, _ := strings.Cut(rest, ".")
	s1, err := strconv.ParseInt(sec, 10, 64)
	if err != nil {
		return time.Time{}, err
	}
	s2, err := strconv.ParseInt(nano, 10, 64)
	return time.Unix(s1, s2).UTC(), err
}

// jsonText encodes what goes into a JSON column.
func jsonText(v any) (string, error) {
	b, err := json.Marshal(v)
	return string(b), err
}

// runRow is a line of the runs table.
type runRow struct {
	id      int64
	run     run.Run
	process string
	owner   string
	updated time.Time
}

const runColumns = `id, workflow_file, workflow_id, workflow_name, status, created, ended, updated, now, answers, era, seed,
	totals, coalesce(totals ->> '$.idleMs', 0), error, pid, host, process, owner`

// scanRun reads runColumns.
func scanRun(scan func(...any) error) (*runRow, error) {
	var r runRow
	var created, ended, updated, now, failure sql.NullString
	var totals string
	var idle int64
	err := scan(&r.id, &r.run.Workflow.File, &r.run.Workflow.ID, &r.run.Workflow.Name, &r.run.Status, &created, &ended, &updated,
		&now, &r.run.Answers, &r.run.Era, &r.run.Seed, &totals, &idle, &failure, &r.run.Pid, &r.run.Host, &r.process, &r.owner)
	if err != nil {
		return nil, err
	}
	r.run.ID, r.run.Idle = runID(r.id), time.Duration(idle)*time.Millisecond
	for _, t := range []struct {
		to   *time.Time
		from sql.NullString
	}{{&r.run.Created, created}, {&r.run.Ended, ended}, {&r.updated, updated}, {&r.run.Now, now}} {
		if *t.to, err = parseTime(t.from); err != nil {
			return nil, fmt.Errorf("run %s has a time that cannot be read: %w", r.run.ID, err)
		}
	}
	if err := json.Unmarshal([]byte(totals), &r.run.Totals); err != nil {
		return nil, fmt.Errorf("run %s has totals that cannot be read: %w", r.run.ID, err)
	}
	if failure.Valid {
		if err := json.Unmarshal([]byte(failure.String), &r.run.Error); err != nil {
			return nil, fmt.Errorf("run %s has an error that cannot be read: %w", r.run.ID, err)
		}
	}
	return &r, nil
}

func (r *runRow) executor() process {
	return process{pid: r.run.Pid, host: r.run.Host, start: r.process}
}

// settle makes a run whose process is gone read INTERRUPTED; it ended when it was last heard of.
func (r *runRow) settle(me process, now time.Time) {
	if r.run.Status == run.RunRunning && !r.executor().alive(me, r.updated, now) {
		r.run.Status, r.run.Ended = run.RunInterrupted, r.updated
	}
}
