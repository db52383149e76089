package runs_test

import (
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"

	"askflow/internal/run"
	"askflow/internal/service"
	"askflow/internal/tui/tuitest"
	"askflow/internal/tui/ui"
)

func TestListShowsRunsAndTheirDetail(t *testing.T) {
	t.Parallel()
	for _, size := range [][2]int{{80, 24}, {120, 40}} {
		d, _ := drive(t, sample().services(), size[0], size[1])
		golden(t, map[int]string{80: "list-80", 120: "list-120"}[size[0]], d)
		d.Press("enter")
		golden(t, map[int]string{80: "run-80", 120: "run-120"}[size[0]], d)
		d.Press("!")
		golden(t, map[int]string{80: "failed-80", 120: "failed-120"}[size[0]], d)
	}
}

func TestEverySizeIsWhole(t *testing.T) {
	t.Parallel()
	s := hostile()
	for _, size := range [][2]int{{60, 16}, {61, 17}, {80, 24}, {99, 30}, {100, 30}, {120, 40}, {200, 60}} {
		d, _ := drive(t, s.services(), size[0], size[1])
		check := func(keys ...string) {
			t.Helper()
			d.Press(keys...)
			tuitest.Whole(t, d.Styled(), size[0], size[1])
		}
		check()
		check("enter")
		check("right", "]", "z")
		check("]", "]", "]")
		check("esc", "esc", "!", "/")
		d.Type("state:\u202e x")
		check("enter")
		check("esc", "G", "enter")
	}
}

func TestEmptyPlaceSaysWhatToDo(t *testing.T) {
	t.Parallel()
	d, _ := drive(t, (&store{}).services(), 80, 24)
	d.See("Nothing has run yet.", "press r").Press("enter", "c", "D", "j", "G").See("Nothing has run yet.")
}

func TestErrorsStayUntilTheNextTry(t *testing.T) {
	t.Parallel()
	s := sample()
	s.err = &service.Error{Code: "database_locked", Message: "The database is held by another program.", Hint: "close it"}
	d, _ := drive(t, s.services(), 100, 30)
	d.See("✗ The database is held by another program. Close it")
	s.err = nil
	d.Press("3", "4").See("r5", "Lead qualification").NotSee("held by another")
}

func TestFilterOfTheList(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		filter    string
		want, not []string
	}{
		{"email", []string{"r3"}, []string{"r5 ", "r1 "}},
		{"workflow:email", []string{"r3"}, []string{"r5 "}},
		{"status:failed", []string{"r5", "r4"}, []string{"r3 ", "r2 "}},
		{"status:stop", []string{"r4"}, []string{"r5 ", "r3 "}},
		{"answers:live", []string{"r2"}, []string{"r5 "}},
		{"workflow:lead status:interrupted", []string{"r2"}, []string{"r5 ", "r3 "}},
		{"status:odd", []string{`No run can be "odd"`}, []string{"r5 "}},
		{"zebra", []string{"No run matches the filter."}, []string{"r5 "}},
	} {
		d, _ := drive(t, sample().services(), 100, 30)
		d.Press("/").Type(tc.filter).Press("enter").See(tc.want...).NotSee(tc.not...)
		d.Press("f").See("r5 ", "(off)").Press("f").NotSee(tc.not...).Press("/", "esc").See("r5 ", "r1 ")
	}
}

func TestListPages(t *testing.T) {
	t.Parallel()
	s := &store{}
	for n := 250; n > 0; n-- {
		s.runs = append(s.runs, &run.Run{ID: "r" + strconv.Itoa(n), Workflow: run.Workflow{File: "w.yaml", Name: "W" + strconv.Itoa(n%10)}, Status: run.RunCompleted})
	}
	d, _ := drive(t, s.services(), 80, 24)
	d.See("Runs · 100+").Press("G").Press("G").Press("G", "G").See("r1 ", "Runs · 250")
	d.Press("/").Type("workflow:w7").Press("enter").See("Runs · 25", "r247").NotSee("r246")
}

func TestRunOpensAndFilters(t *testing.T) {
	t.Parallel()
	s := sample()
	d, _ := drive(t, s.services(), 120, 40)
	d.Press("enter").See("Enrollments · 1 of 36", "Lead qualification · scripted answers · model gpt-6-luna", "half ≤ 1s")
	d.Press("!").See("1 found", "Person 31", "rate limited", "only failed").NotSee("Person 30").Press("!").See("26 of 36")
	d.Press("/").Type("state:not").Press("enter").See("9 found", "Person 04", "Lifecycle").NotSee("Person 05")
	d.Press("/", "esc").Press("/").Type("person 07").Press("enter").See("1 found", "Person 07")
	d.Press("f").See("Enrollments · 7 of 36").Press("/", "esc")
	d.Press("/").Type("action:nothing").Press("enter").See(`has no action "nothing"`)
	d.Press("/", "esc").Press("/").Type("failed:2").Press("enter")
	if q := s.queries[len(s.queries)-1]; q.Action != "2" || q.ActionState != run.FailContinue {
		t.Errorf("the store was asked for %+v", q)
	}
	d.Press("/", "esc", "esc").See("Runs · 5")
}

func TestRecordsThatDidNotEnroll(t *testing.T) {
	t.Parallel()
	d, pages := drive(t, sample().services(), 120, 40)
	d.Press("enter").NotSee("Person 04").Press("j", "a").See("Person 04", "Lifecycle", "Enrollments · 2 of 45", "○ all records")
	d.Press("a").NotSee("Person 04", "all records (").See("Enrollments · 2 of 36")
	// One that is opened from elsewhere is shown in the list, too.
	pages[0].Do = ui.GoTo(ui.Runs, ui.ShowRun{ID: "r5", Row: true, Seq: 14})
	d.Press("1", "j").See("Person 14").Press("esc").See("Enrollments · 15 of 45", "○ all records", "Person 14")
}

func TestAnswerOfABarFilters(t *testing.T) {
	t.Parallel()
	d, _ := drive(t, sample().services(), 120, 40)
	// "Qualified" is part of "Not qualified", which is another answer.
	d.Press("enter", "right").See("▌ Qualified").Press("enter").See("answer:Qualified", "found").NotSee("Person 01", "Person 02").See("Person 00", "Person 03")
	d.Press("right", "down").See("▌ Not qualified").Press("enter").See(`answer:"Not qualified"`, "Person 01").NotSee("Person 00")
}

func TestActionsSayWhyNot(t *testing.T) {
	t.Parallel()
	s := sample()
	s.runs[4].Status = run.RunRunning
	d, _ := drive(t, s.services(), 200, 40)
	for _, tc := range []struct{ keys, want string }{
		{"c", "Run r5 is not running."}, {"u", "Run r5 has ended: there is nothing to resume."}, {"jF", "No step of run r4 failed."},
		{"jjjc", "goes on in another program"}, {"u", "Run r1 is running."}, {"D", "it can be deleted when it has ended"}, {"x", "it can be exported when it has ended"},
	} {
		for _, k := range tc.keys {
			d.Press(string(k))
		}
		d.See(tc.want)
	}
}

func TestResume(t *testing.T) {
	t.Parallel()
	s := sample()
	d, _ := drive(t, s.services(), 100, 30)
	d.Press("j", "j", "j", "u")
	// One that stopped at its budget would stop there again.
	d.Press("esc", "home", "j", "u").See("another budget", "So far it has cost $0.0042").Type("0.5").Press("enter")
	want := []service.RunRequest{{Resume: "r2"}, {Resume: "r4", MaxCost: "0.5"}}
	if diff := cmp.Diff(want, s.started); diff != "" {
		t.Error(diff)
	}
}

func TestRetryFailed(t *testing.T) {
	t.Parallel()
	s := sample()
	d, _ := drive(t, s.services(), 100, 30)
	d.Press("F").See("Enrollments")
	if diff := cmp.Diff([]service.RunRequest{{RetryFailed: "r5"}}, s.started); diff != "" {
		t.Error(diff)
	}
}

func TestRunAgain(t *testing.T) {
	t.Parallel()
	s := sample()
	d, _ := drive(t, s.services(), 100, 30)
	d.Press("R")
	d.Press("esc", "enter", "j", "space", "j", "space", "R")
	request := service.RunRequest{Workflow: "workflows/lead-qualification.yaml", Answers: "scripted", Model: "gpt-6-luna"}
	marked := request
	marked.Enroll = "102,104"
	if diff := cmp.Diff([]service.RunRequest{request, marked}, s.started); diff != "" {
		t.Error(diff)
	}
	s.runs[0].Settings = []byte(`{"request":{"seed":7,"pins":{"qualify":"Hot"}}}`)
	d.Press("esc", "home", "R").See("was started with --pin, --seed, which only the command line has")
	if len(s.started) != 2 {
		t.Errorf("it was started all the same: %+v", s.started[2:])
	}
}

func TestDeleteAsksFirst(t *testing.T) {
	t.Parallel()
	s := sample()
	d, _ := drive(t, s.services(), 100, 30)
	d.Press("D").See("Delete run r5", "everything it kept").Press("enter")
	if len(s.deleted) != 0 {
		t.Fatalf("enter alone deleted %v", s.deleted)
	}
	d.Press("enter", "D", "tab", "enter").See("Run r5 was deleted.", "Runs · 4").NotSee("r5 Lead")
	if diff := cmp.Diff([]string{"r5"}, s.deleted); diff != "" {
		t.Error(diff)
	}
}

func TestARunThatIsGoneSaysSo(t *testing.T) {
	t.Parallel()
	s := sample()
	d, _ := drive(t, s.services(), 100, 30)
	d.Press("enter")
	s.runs = s.runs[1:]
	d.Msg(service.Event{Kind: service.EventRuns}).See("there is no such run")
	d.Press("esc").See("Runs · 4")
}

func TestExport(t *testing.T) {
	t.Parallel()
	s := sample()
	file := filepath.Join(t.TempDir(), "out.jsonl")
	export := func() {
		d, _ := drive(t, s.services(), 100, 30)
		d.Press("x").See("Export run r5")
		for range len("r5.jsonl") {
			d.Press("backspace")
		}
		d.Paste(file).Press("enter")
		if s.exported == "ask" {
			d.See("is there already").Press("enter") // the answer starts at Cancel
			if got := read(t, file); got != "mine\n" {
				t.Errorf("the file was replaced without a yes: %q", got)
			}
			d.Press("x")
			for range len("r5.jsonl") {
				d.Press("backspace")
			}
			d.Paste(file).Press("enter", "tab", "enter")
		}
		if s.err == nil {
			d.See("was written to")
		} else {
			d.See("the disk is gone")
		}
	}
	export()
	if got := read(t, file); got != `{"run":"r5"}`+"\n" {
		t.Errorf("the file holds %q", got)
	}
	if err := os.WriteFile(file, []byte("mine\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	s.exported = "ask"
	export()
	if got := read(t, file); got != `{"run":"r5"}`+"\n" {
		t.Errorf("the file holds %q", got)
	}
	if left, err := os.ReadDir(filepath.Dir(file)); err != nil || len(left) != 1 {
		t.Errorf("%d files are there: %v", len(left), err)
	}
}

func TestExportThatFailsLeavesNothing(t *testing.T) {
	t.Parallel()
	s := sample()
	dir := t.TempDir()
	d, _ := drive(t, s.services(), 100, 30)
	s.err = &service.Error{Code: "io", Message: "the disk is gone"}
	d.Press("x")
	for range len("r5.jsonl") {
		d.Press("backspace")
	}
	d.Paste(filepath.Join(dir, "a.jsonl")).Press("enter").See("the disk is gone")
	if left, err := os.ReadDir(dir); err != nil || len(left) != 0 {
		t.Errorf("%d files are left: %v", len(left), err)
	}
	d.Press("x")
	for range len("r5.jsonl") {
		d.Press("backspace")
	}
	d.Paste(filepath.Join(dir, "no", "a.jsonl")).Press("enter").See("cannot be written")
}

func TestCompare(t *testing.T) {
	t.Parallel()
	d, _ := drive(t, sample().services(), 120, 40)
	d.Press("space", "j", "j", "space", "d", "$").See("runs diff r2 r5").Press("esc", "esc")
	d.Press("V", "home", "d").See("Compare r5 with").Type("r4").Press("enter").Press("$").See("runs diff r4 r5")
}

func TestFromARunToOtherPlaces(t *testing.T) {
	t.Parallel()
	d, pages := drive(t, sample().services(), 120, 40)
	d.Press("y")
	if d.Clipboard != "r5" {
		t.Errorf("copied %q", d.Clipboard)
	}
	d.Press("enter", "j", "j", "w").See("this is Workflows")
	if diff := cmp.Diff(ui.ShowWorkflow{File: "workflows/lead-qualification.yaml", Run: "r5", Seq: 2}, tuitest.Last[ui.ShowWorkflow](pages[ui.Workflows])); diff != "" {
		t.Error(diff)
	}
	d.Press("4", "s").See("this is Records")
	if diff := cmp.Diff(ui.ShowRecord{ObjectType: "contact", ID: "103"}, tuitest.Last[ui.ShowRecord](pages[ui.Records])); diff != "" {
		t.Error(diff)
	}
	d.Press("4").See("Enrollments · 3 of 36")
}

func TestShowRunAtAStep(t *testing.T) {
	t.Parallel()
	d, pages := drive(t, sample().services(), 120, 40)
	d.Press("1")
	pages[0].Do = ui.GoTo(ui.Runs, ui.ShowRun{ID: "r5", Row: true, Seq: 31, Action: "1"})
	d.Press("j")
	d.See("[4 Runs]", "Person 31").Press("$").See("runs show r5 --record 132").Press("esc")
	d.Press("n").See("Person 32").Press("N", "N").See("Person 30").Press(".").See("Person 31").Press(".").See("No failed enrollment follows.")
	d.Press("esc").See("Enrollments · 26 of 36").Press("esc").See("Runs · 5")
}

func read(t *testing.T, file string) string {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}
