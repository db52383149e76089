package sqlite_test

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"askflow/internal/run"
	"askflow/internal/store/sqlite"
	"askflow/internal/store/storetest"
)

var everything = run.BriefQuery{AfterSeq: -1, BeforeSeq: -1}

// reads is every read of a screen.
func reads(r *sqlite.Reader) map[string]func(context.Context) error {
	return map[string]func(context.Context) error{
		"RunList":    func(ctx context.Context) error { _, err := r.RunList(ctx, run.RunQuery{}); return err },
		"RunCount":   func(ctx context.Context) error { _, err := r.RunCount(ctx); return err },
		"Runs":       func(ctx context.Context) error { _, err := r.Runs(ctx); return err },
		"Run":        func(ctx context.Context) error { _, err := r.Run(ctx, "r1"); return err },
		"Briefs":     func(ctx context.Context) error { _, err := r.Briefs(ctx, "r1", everything); return err },
		"Row":        func(ctx context.Context) error { _, err := r.Row(ctx, "r1", 0); return err },
		"Near":       func(ctx context.Context) error { _, err := r.Near(ctx, "r1", "100"); return err },
		"EffectPage": func(ctx context.Context) error { _, err := r.EffectPage(ctx, run.EffectQuery{}); return err },
	}
}

// TestReadingALockedDatabase locks the database against readers too, as a program that repairs or copies it does.
func TestReadingALockedDatabase(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	r, err := sqlite.OpenReader(t.Context(), dir, sqlite.Options{BusyTimeout: 2 * time.Millisecond}) // before there is a database
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.Close() })
	s := open(t, dir, sqlite.Options{})
	one := storetest.NewRun()
	if err := s.Begin(t.Context(), one); err != nil {
		t.Fatal(err)
	}
	if err := s.Commit(t.Context(), one.ID, group(0, 3, 100), nil); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	other, err := sql.Open("sqlite", filepath.Join(dir, sqlite.FileName))
	if err != nil {
		t.Fatal(err)
	}
	other.SetMaxOpenConns(1)
	sqlExec(t, other, "pragma locking_mode=exclusive")
	sqlExec(t, other, "update runs set seed = seed + 1") // takes the lock and keeps it
	for _, read := range reads(r) {
		hasCode(t, read(t.Context()), sqlite.CodeLocked, "2ms", dir)
	}
	_, err = sqlite.OpenReader(t.Context(), dir, sqlite.Options{BusyTimeout: time.Millisecond})
	hasCode(t, err, sqlite.CodeLocked, "1ms")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := reads(r)["RunList"](ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("a cancelled read of a locked database gives %v", err)
	}
	if err := other.Close(); err != nil { // lets it go
		t.Fatal(err)
	}
	for name, read := range reads(r) {
		if err := read(t.Context()); err != nil {
			t.Errorf("%s after the lock is gone: %v", name, err)
		}
	}
}

// TestBrowsingNothing: without a database there are no runs, and that is no error.
func TestBrowsingNothing(t *testing.T) {
	t.Parallel()
	r, err := sqlite.OpenReader(t.Context(), t.TempDir(), sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = r.Close() }()
	list, err := r.RunList(t.Context(), run.RunQuery{})
	n, countErr := r.RunCount(t.Context())
	page, pageErr := r.EffectPage(t.Context(), run.EffectQuery{})
	if err != nil || countErr != nil || pageErr != nil || len(list) != 0 || n != 0 || len(page.Items) != 0 || page.More {
		t.Errorf("%v, %v, %d, %v, %+v, %v", list, err, n, countErr, page, pageErr)
	}
	_, err = r.Briefs(t.Context(), "last", everything)
	hasCode(t, err, sqlite.CodeNotFound)
}

// cutUp cuts b into pieces, one of which may be empty.
func cutUp(t *rapid.T, b []byte) [][]byte {
	pieces := [][]byte{}
	for len(b) > 0 {
		n := rapid.IntRange(0, len(b)).Draw(t, "piece")
		pieces = append(pieces, b[:n:n])
		b = b[n:]
	}
	return pieces
}

// TestBriefsSayWhatTheStepsSay compares what is found on the way through the JSON with what is in it.
func TestBriefsSayWhatTheStepsSay(t *testing.T) {
	t.Parallel()
	text := rapid.OneOf(rapid.String(), rapid.StringOfN(rapid.RuneFrom([]rune("aÄä😀\"\\\x00\x1b\u2028é")), 0, 700, -1))
	rapid.Check(t, func(t *rapid.T) {
		steps := make([]run.Step, rapid.IntRange(0, 3).Draw(t, "steps"))
		for i := range steps {
			s := &steps[i]
			s.ActionID, s.Outputs = text.Draw(t, "id"), map[string]string{"response": text.Draw(t, "output"), "ask": "x"}
			s.State = rapid.SampledFrom([]run.StepState{run.Success, run.FailContinue}).Draw(t, "state")
			if rapid.Bool().Draw(t, "asked") {
				s.Ask = &run.Ask{Prompt: text.Draw(t, "prompt"), LatencyMs: rapid.Int64Range(0, 1e9).Draw(t, "latency")}
				if rapid.Bool().Draw(t, "answered") {
					answer := text.Draw(t, "answer")
					s.Ask.Response = &answer
				}
			}
			if rapid.Bool().Draw(t, "erred") {
				s.Error = &run.Error{Code: text.Draw(t, "code"), Message: text.Draw(t, "message")}
			}
		}
		data := run.AppendSteps(nil, steps)
		if err := json.Unmarshal(data, &steps); err != nil { // strings that are no UTF-8 change on the way
			t.Fatal(err)
		}
		want, answers := briefOf(steps)
		needle := text.Draw(t, "text")
		if len(answers) > 0 && rapid.Bool().Draw(t, "a part") {
			all := []rune(answers[0])
			from := rapid.IntRange(0, len(all)).Draw(t, "from")
			needle = strings.ToUpper(string(all[from:rapid.IntRange(from, len(all)).Draw(t, "to")]))
		}
		got, found := sqlite.BriefOf(cutUp(t, data), needle)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatal(diff)
		}
		hit := false
		for _, a := range answers {
			hit = hit || needle != "" && strings.Contains(lower(a), lower(needle))
		}
		if found != hit {
			t.Fatalf("%q is found: %t, want %t, in %q", needle, found, hit, answers)
		}
	})
}

func lower(s string) string { return strings.Map(unicode.ToLower, s) }

func TestTextIsFoundWhereItStands(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		answer, text string
		want         bool
	}{
		{"aaab", "aab", true}, {"abababac", "ABABAC", true}, {"ababab", "abac", false}, {"ab", "abc", false}, {"x", "", false},
		{"ÄÖÜ", "äöü", true}, {"4 \u212a", "4 k", true}, {"a\nb", "a\nb", true}, {"\xe2a", "a", true}, {"%", "_", false}, {"😀", "😁", false},
	} {
		steps := []run.Step{{Ask: &run.Ask{Prompt: c.text, Response: &c.answer}}}
		data := run.AppendSteps(nil, steps)
		for size := 1; size < 8; size++ {
			var pieces [][]byte
			for rest := data; len(rest) > 0; rest = rest[min(size, len(rest)):] {
				pieces = append(pieces, rest[:min(size, len(rest))])
			}
			if _, found := sqlite.BriefOf(pieces, c.text); found != c.want {
				t.Errorf("%q is found in %q: %t, in pieces of %d", c.text, c.answer, found, size)
			}
		}
	}
}

// briefOf reads steps the plain way.
func briefOf(steps []run.Step) (b run.Brief, answers []string) {
	b.Steps = len(steps)
	for i := range steps {
		s := &steps[i]
		if s.Ask != nil {
			b.LatencyMs = s.Ask.LatencyMs
			if s.Ask.Response != nil {
				b.Answer = first300(*s.Ask.Response)
				answers = append(answers, *s.Ask.Response)
			}
		}
	}
	for i := range steps {
		if s := &steps[i]; s.State == run.FailContinue {
			if s.Error != nil {
				b.Problem, b.ProblemText = first300(s.Error.Code), first300(s.Error.Message)
			}
			break
		}
	}
	return b, answers
}

func first300(s string) string {
	all := []rune(s)
	return string(all[:min(300, len(all))])
}

// FuzzSteps: whatever stands there, reading it ends, and pieces make no difference.
func FuzzSteps(f *testing.F) {
	for _, seed := range []string{``, `[]`, `[{"state":"FAIL_CONTINUE","ask":{"response":"\ud83d\ude00\ud83dx","latencyMs":12e3},"error":{"code":"c"}}]`,
		`[{"ask":{"response":"\`, `[{"ask":[[[[{"a":"]"}]]]]},1,"x",null]`, `{"a"`, `[}`, `[{"ask":}]`, `[{"a":1,,}]`, "[\x00", `[{"ask":{"response":"\u12"}}]`} {
		f.Add([]byte(seed), 3, "x")
	}
	f.Fuzz(func(t *testing.T, data []byte, size int, text string) {
		whole, found := sqlite.BriefOf([][]byte{data}, text)
		var pieces [][]byte
		for rest := data; len(rest) > 0; {
			n := min(max(size, 1), len(rest))
			pieces = append(pieces, rest[:n:n])
			rest = rest[n:]
		}
		got, alsoFound := sqlite.BriefOf(pieces, text)
		if diff := cmp.Diff(whole, got); diff != "" || found != alsoFound {
			t.Errorf("in pieces of %d: %s; found %t and %t", size, diff, found, alsoFound)
		}
		var steps []run.Step
		if json.Unmarshal(data, &steps) == nil && json.Valid(data) && whole.Steps != len(steps) && len(data) > 0 && data[0] == '[' {
			t.Errorf("%d steps, want %d", whole.Steps, len(steps))
		}
	})
}

const bigAnswer = 5 << 20

// bigAnswers is a folder with a run whose answers have 5 MB each, behind one small row.
func bigAnswers(tb testing.TB, n int) string {
	tb.Helper()
	dir := tb.TempDir()
	s := open(tb, dir, sqlite.Options{})
	r := storetest.NewRun()
	if err := s.Begin(tb.Context(), r); err != nil {
		tb.Fatal(err)
	}
	answer := strings.Repeat("12345678 äöü ", bigAnswer/16)
	for seq := range n + 1 {
		row := storetest.NewRow(int64(seq))
		if seq > 0 {
			row.Steps = run.AppendSteps(nil, []run.Step{{ActionID: "1", State: run.Success, Ask: &run.Ask{Response: &answer, LatencyMs: 7}}})
		}
		if err := s.Commit(tb.Context(), r.ID, []run.Row{row}, nil); err != nil {
			tb.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		tb.Fatal(err)
	}
	return dir
}

// briefsOf prints by how many kB the most memory the process ever had grew over a page of big answers.
func briefsOf(ctx context.Context, dir string) error {
	r, err := sqlite.OpenReader(ctx, dir, sqlite.Options{})
	if err != nil {
		return err
	}
	q := everything
	q.Limit = 1
	if _, err := r.Briefs(ctx, "last", q); err != nil {
		return err
	}
	before, err := peakMemory()
	if err != nil {
		return err
	}
	q.Limit, q.AfterSeq = 60, 0
	page, err := r.Briefs(ctx, "last", q)
	if err != nil {
		return err
	}
	for i := range page.Briefs {
		if b := &page.Briefs[i]; len([]rune(b.Answer)) != 300 || b.LatencyMs != 7 || b.Steps != 1 {
			return fmt.Errorf("the brief at place %d is %+v", b.Seq, b)
		}
	}
	after, err := peakMemory()
	fmt.Println("peak", before, "grew", after-before, "briefs", len(page.Briefs))
	if err != nil {
		return err
	}
	return r.Close()
}

func TestBriefsOfBigAnswersTakeLittleMemory(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" {
		t.Skip("the peak of a process's memory is read from /proc, which only Linux has")
	}
	var peak, grew, briefs int
	line := start(t, "briefs", bigAnswers(t, 12)).line(t, "peak")
	if _, err := fmt.Sscanf(line, "peak %d grew %d briefs %d", &peak, &grew, &briefs); err != nil || briefs != 12 {
		t.Fatal(line, err)
	}
	t.Log(line)
	if grew > 24<<10 { // about 13 MB; more where the race detector looks on
		t.Errorf("answers of 5 MB made the process grow by %d kB over %d kB", grew, peak)
	}
}

func BenchmarkBriefsOfBigAnswers(b *testing.B) {
	r, err := sqlite.OpenReader(b.Context(), bigAnswers(b, 12), sqlite.Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = r.Close() }()
	for b.Loop() {
		if page, err := r.Briefs(b.Context(), "last", everything); err != nil || len(page.Briefs) != 13 {
			b.Fatal(len(page.Briefs), err)
		}
	}
}
