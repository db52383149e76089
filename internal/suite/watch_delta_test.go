package suite_test

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"askflow/internal/openaisim"
	"askflow/internal/suite"
)

// After a round that could not run, the next one is held against the last that did.
func TestWatchHoldsAgainstTheLastWholeRound(t *testing.T) {
	t.Parallel()
	files := clinicFiles()
	w := watch(t, twoTests(t), nil, suite.Options{})
	w.round()
	for name, broken := range map[string]string{"tests/grade.yaml": "workflow: [\n", "portal.yaml": "x: [\n", "workflows/grade.yaml": "name: [\n"} {
		text, err := os.ReadFile(filepath.Join(w.dir, filepath.FromSlash(name)))
		if err != nil {
			t.Fatal(err)
		}
		if r := w.save(name, broken); r.Err == nil || r.Delta != nil || r.AsBefore {
			t.Errorf("%s: %+v", name, r)
		}
		r := w.save(name, string(text))
		if r.Err != nil || !r.AsBefore || len(r.Ran) > 0 || r.Delta == nil || r.Delta.New+r.Delta.Gone+r.Delta.Changed > 0 || r.Report == nil || !r.Report.Passed {
			t.Errorf("%s is as it was: %+v %+v", name, r, r.Delta)
		}
		if r = w.save("notes.txt", name); r.AsBefore {
			t.Error("the round before that was in order")
		}
	}
	w.save("portal.yaml", "x: [\n")
	r := w.save("portal.yaml", strings.Replace(files["portal.yaml"], "Clinic", "Clinics", 1))
	if r.Err != nil || len(r.Ran) != 2 || r.AsBefore || r.Delta.New+r.Delta.Gone > 0 || r.Delta.Same == 0 {
		t.Errorf("%+v %+v", r, r.Delta)
	}
}

// A test that stopped on its way runs again, and is held against the last time that it came to its end.
func TestWatchAfterAStop(t *testing.T) {
	t.Parallel()
	dir := clinic(t, map[string]string{"tests/other.yaml": "workflow: other\neach: [state: COMPLETED]\n"})
	server, broke := serverOf(t, dir), openaisim.New(openaisim.Options{Rules: noCredit(t)})
	var empty atomic.Bool
	w := watch(t, dir, roundTrip(func(req *http.Request) (*http.Response, error) {
		if empty.Load() && req.Method == http.MethodPost {
			return broke.RoundTrip(req)
		}
		return server.RoundTrip(req)
	}), suite.Options{Answers: "live"})
	whole := w.round()
	empty.Store(true)
	changed := strings.Replace(clinicFiles()["workflows/grade.yaml"], "Grade: ", "Please grade: ", 1)
	if r := w.save("workflows/grade.yaml", changed); r.Err == nil || r.Delta != nil || r.Report == nil || r.Report.Passed {
		t.Errorf("%+v", r)
	}
	empty.Store(false)
	r := w.save("notes.txt", "paid")
	if r.Err != nil || !r.Report.Passed || r.Delta.New+r.Delta.Gone > 0 || r.Delta.Same == 0 || len(r.Ran) != 1 {
		t.Errorf("%+v %+v", r, r.Delta)
	}
	if diff := cmp.Diff(whole.Report.Totals.Cases, r.Report.Totals.Cases); diff != "" {
		t.Error(diff)
	}
}

// A test that is removed is gone, with its cases; what its workflow's other tests reach is counted anew.
func TestWatchARemovedTest(t *testing.T) {
	t.Parallel()
	w := watch(t, clinic(t, map[string]string{"tests/another.yaml": "workflow: grade\ncases: [{record: \"101\", expect: [response: A]}, {record: \"102\", expect: [response: B]}]\n"}), nil, suite.Options{})
	if r := w.round(); len(r.Report.Tests) != 2 || r.Report.Tests[0].Coverage == nil {
		t.Fatalf("%+v", r.Report)
	}
	if err := os.Mkdir(filepath.Join(w.dir, "sub"), 0o755); err != nil { // an empty folder is no file
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(w.dir, "tests", "another.yaml")); err != nil {
		t.Fatal(err)
	}
	r := w.round()
	if diff := cmp.Diff([]string{"tests/another.yaml"}, r.Gone); diff != "" || len(r.Saved) > 0 {
		t.Errorf("saved %v: %s", r.Saved, diff)
	}
	if r.Err != nil || len(r.Report.Tests) != 1 || r.Report.Tests[0].Coverage == nil || r.Delta.Gone != 2 || r.Delta.Same != 5 {
		t.Errorf("%+v %+v", r, r.Delta)
	}
	if r = w.save("notes.txt", "x"); r.Delta.Gone != 0 || len(r.Ran) != 0 {
		t.Errorf("%+v", r.Delta)
	}
}

// With a filter, a round may run tests of which it leaves nothing.
func TestWatchWithAFilter(t *testing.T) {
	t.Parallel()
	dir := clinic(t, map[string]string{"tests/other.yaml": "workflow: other\ncases: [{record: \"105\", expect: [state: COMPLETED]}]\n"})
	w := watch(t, dir, nil, suite.Options{Filter: "101"})
	if r := w.round(); r.Err != nil || len(r.Report.Tests) != 1 || !r.Report.Passed {
		t.Fatalf("%+v", r)
	}
	if r := w.save("notes.txt", "x"); r.Err != nil || len(r.Ran) != 0 {
		t.Errorf("%+v", r)
	}
	r := w.save("tests/other.yaml", "workflow: other\ncases: [{record: \"103\", expect: [state: COMPLETED]}]\n")
	if r.Err != nil || !cmp.Equal([]string{"other"}, r.Ran) || len(r.Report.Tests) != 1 {
		t.Errorf("%+v", r)
	}
	if r = w.save("tests/grade.yaml", "workflow: grade\ncases: [{record: \"102\", expect: [response: B]}]\n"); r.Err == nil || !strings.Contains(r.Err.Error(), "no case matches the filter") {
		t.Errorf("%+v", r)
	}
}
