package sqlite_test

import (
	"database/sql"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"askflow/internal/run"
	"askflow/internal/store/sqlite"
	"askflow/internal/store/storetest"
)

var update = flag.Bool("update", false, "write the outputs in docs/database.md anew")

func ptr[T any](v T) *T { return &v }

func encode(t testing.TB, v any) []byte {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// example is a folder with the run that docs/database.md shows.
func example(t testing.TB) string {
	t.Helper()
	dir := t.TempDir()
	s := open(t, dir, sqlite.Options{})
	r := storetest.NewRun()
	if err := s.Begin(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	r.Totals = run.Totals{Considered: 3, Enrollments: map[run.State]int64{run.Completed: 2, run.NotEnrolled: 1}, Steps: 8, FailedSteps: 1,
		Asks: 2, Attempts: 4, Retries: 2, FailedAsks: 1, InputTokens: 120, OutputTokens: 2, CostUSD: "0.0000345", Effects: map[string]int64{"EMAIL": 1, "NOTIFICATION": 1, "PROPERTY": 1, "TASK": 1}}
	if err := s.Commit(t.Context(), r.ID, exampleRows(t), &r.Totals); err != nil {
		t.Fatal(err)
	}
	r.Status, r.Ended = run.RunCompleted, r.Created.Add(2*time.Second)
	if err := s.Finish(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	return dir
}

func exampleRows(t testing.TB) []run.Row {
	ada, sam, lee := storetest.NewRow(0), storetest.NewRow(1), storetest.NewRow(2)
	ada.Record.ID, sam.Record.ID, lee.Record.ID = "101", "102", "103"
	ask := run.Ask{Assistant: "state-formatter", Model: "gpt-6-luna", Temperature: ptr(0.2), ReasoningEffort: "none", Protocol: "responses",
		Prompt: "State: Calif.", Response: ptr("CA"), Attempts: 1, Usage: &run.Usage{InputTokens: 120, OutputTokens: 2}, CostUSD: "0.0000345"}
	ada.Steps = encode(t, []run.Step{
		{ActionID: "1", ActionTypeID: "1-900001", Name: "ask", Label: "Ask OpenAI Assistant", State: run.Success, Outputs: map[string]string{"response": "CA"}, Ask: &ask},
		{ActionID: "2", ActionTypeID: "STATIC_BRANCH", Label: "Branch", State: run.Success, Branch: ptr("SUCCESS"), Reason: "ask.hs_execution_state is SUCCESS"},
		{ActionID: "3", ActionTypeID: "0-5", Label: "Set property", State: run.Success},
		{ActionID: "4", ActionTypeID: "0-9", Label: "Send in-app notification", State: run.Success},
		{ActionID: "5", ActionTypeID: "0-3", Label: "Create task", State: run.Success},
		{ActionID: "6", ActionTypeID: "0-8", Label: "Send internal email", State: run.Success},
	})
	ada.Effects = encode(t, []run.Effect{
		{Type: run.EffectProperty, ActionID: "3", ObjectType: "contact", RecordID: "101", Property: "state", From: ptr("Calif."), To: ptr("CA")},
		{Type: run.EffectNotification, ActionID: "4", UserIDs: []string{"11"}, Subject: ptr("Cleaned up"), Body: ptr("Ada Byron is in CA.")},
		{Type: run.EffectTask, ActionID: "5", ObjectType: "task", RecordID: "900001", Properties: map[string]string{"hs_task_subject": "Call Ada",
			"hs_task_body": "Ask how she is.", "hs_task_type": "CALL", "hs_task_priority": "HIGH", "hs_task_status": "NOT_STARTED",
			"hubspot_owner_id": "9011", "hs_timestamp": "2026-01-06T09:00:00+01:00"}},
		{Type: run.EffectEmail, ActionID: "6", UserIDs: []string{"11"}, TeamIDs: []string{"EMEA"}, Subject: ptr("Ada Byron"), Body: ptr("Her state is CA.")},
	})
	sam.Record.Name, sam.FailedSteps, sam.CostUSD = "Sam Doe", 1, "0"
	failed := ask
	failed.Prompt, failed.Response, failed.Attempts, failed.Usage, failed.CostUSD = "State: NYC", nil, 3, nil, ""
	sam.Steps = encode(t, []run.Step{
		{ActionID: "1", ActionTypeID: "1-900001", Name: "ask", Label: "Ask OpenAI Assistant", State: run.FailContinue, Ask: &failed,
			Error: &run.Error{Code: "rate_limit_exceeded", Message: "OpenAI is limiting requests."}},
		{ActionID: "2", ActionTypeID: "STATIC_BRANCH", Label: "Branch", State: run.Success, Branch: ptr("default")},
	})
	lee.Record.Name, lee.State, lee.Reason, lee.Asks, lee.CostUSD = "Lee Ray", run.NotEnrolled, "state is unknown", 0, "0"
	lee.Started, lee.Ended, lee.Steps = time.Time{}, time.Time{}, []byte(`[]`)
	return []run.Row{ada, sam, lee}
}

// table runs a query and lays its result out as `sqlite3 -header -separator ' | '` does.
func table(t testing.TB, db *sql.DB, query string) string {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), query)
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	lines := []string{strings.Join(columns, " | ")}
	for rows.Next() {
		values, to := make([]sql.NullString, len(columns)), make([]any, len(columns))
		for i := range values {
			to[i] = &values[i]
		}
		if err := rows.Scan(to...); err != nil {
			t.Fatal(err)
		}
		var cells []string
		for _, v := range values {
			cells = append(cells, v.String)
		}
		lines = append(lines, strings.Join(cells, " | "))
	}
	if err := rows.Err(); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return strings.Join(lines, "\n") + "\n"
}

// TestDocument holds docs/database.md to what the database really says.
func TestDocument(t *testing.T) {
	t.Parallel()
	file := filepath.Join("..", "..", "..", "docs", "database.md")
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	db := raw(t, example(t))
	examples := regexp.MustCompile("(?s)```sql\n(.*?)```\n\n```text\n(.*?)```\n")
	if n := len(examples.FindAll(data, -1)); n < 8 {
		t.Fatalf("%s has %d examples, want one for each view", file, n)
	}
	got := examples.ReplaceAllStringFunc(string(data), func(s string) string {
		query := examples.FindStringSubmatch(s)[1]
		return "```sql\n" + query + "```\n\n```text\n" + table(t, db, query) + "```\n"
	})
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(string(data), got); diff != "" {
		t.Errorf("%s is not what the database says; go test ./internal/store/sqlite -run TestDocument -update (-file +database):\n%s", file, diff)
	}
}

// TestDocumentNamesEveryColumn keeps the lists of columns complete.
func TestDocumentNamesEveryColumn(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile(filepath.Join("..", "..", "..", "docs", "database.md"))
	if err != nil {
		t.Fatal(err)
	}
	db := raw(t, example(t))
	names := strings.Fields(table(t, db, `select name from sqlite_schema where type in ('table', 'view') and name not like 'sqlite_%'`))[1:]
	if len(names) != 11 {
		t.Errorf("the schema has %v", names)
	}
	for _, name := range names {
		columns := strings.Fields(table(t, db, fmt.Sprintf(`select name from pragma_table_xinfo('%s')`, name)))[1:]
		if line := "| `" + name + "` | " + strings.Join(columns, ", ") + " |"; !strings.Contains(string(data), line) {
			t.Errorf("docs/database.md misses the line\n%s", line)
		}
	}
}

var views = []string{"run_summary", "steps", "asks", "effects", "tasks", "notifications", "emails", "property_changes"}

func TestViewsBearAnything(t *testing.T) {
	t.Parallel()
	dir := example(t)
	s := open(t, dir, sqlite.Options{})
	if _, err := s.Reopen(t.Context(), "r1"); err != nil {
		t.Fatal(err)
	}
	db := raw(t, dir)
	before := map[string]string{}
	for _, v := range views[1:] {
		before[v] = table(t, db, "select count(*) from "+v)
	}
	hostile := []string{"", "'); drop table runs;--", "\x00", "\xff\xfe", "null", "1", `"text"`, `{"actionId":"1","ask":{}}`, `[1,"text",null,[],true]`,
		`["{","not json"]`, "[", strings.Repeat("[", 2000), "{]", "\xef\xbb\xbf[]"}
	for i, text := range hostile {
		row := storetest.NewRow(int64(10 + i))
		row.Record, row.Reason, row.CostUSD = run.RecordRef{ObjectType: text, ID: text, Name: text}, text, text
		row.Steps, row.Effects = []byte(text), []byte(text)
		if err := s.Commit(t.Context(), "r1", []run.Row{row}, nil); err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		if text == "" {
			row.Steps, row.Effects = []byte("[]"), []byte("[]")
		}
		err := s.Rows(t.Context(), "r1", run.Query{AfterSeq: row.Seq - 1, Limit: 1}, func(got *run.Row) error {
			if diff := cmp.Diff(row, *got); diff != "" {
				t.Errorf("%q comes back different (-want +got):\n%s", text, diff)
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	}
	for _, v := range views[1:] {
		// Of everything hostile, nothing is a step, an ask or an effect.
		if diff := cmp.Diff(before[v], table(t, db, "select count(*) from "+v)); diff != "" {
			t.Errorf("%s (-before +after):\n%s", v, diff)
		}
		table(t, db, "select * from "+v)
	}
	effects := []byte(`[{"type":"TASK","properties":"text"},{"type":"PROPERTY","from":{"a":1},"property":[]},{"type":7,"actionId":{}}]`)
	if err := s.Commit(t.Context(), "r1", []run.Row{{Seq: 99, Effects: effects}}, nil); err != nil {
		t.Fatal(err)
	}
	for _, v := range views {
		table(t, db, "select * from "+v)
	}
}

// TestFileNamesItself: the marks of the file are those that docs/database.md tells.
func TestFileNamesItself(t *testing.T) {
	t.Parallel()
	got := table(t, raw(t, example(t)), `select application_id, user_version, page_size, journal_mode
		from pragma_application_id, pragma_user_version, pragma_page_size, pragma_journal_mode`)
	if want := "application_id | user_version | page_size | journal_mode\n1634954086 | 1 | 16384 | wal\n"; got != want {
		t.Errorf("the file says\n%swant\n%s", got, want)
	}
}
