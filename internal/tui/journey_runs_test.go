package tui_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"askflow/internal/run"
)

// considered are the ids of the records of a run that enrolled.
func (v *visit) enrolled(id string) (ids []string) {
	v.t.Helper()
	page, err := v.services.Runs.Briefs(v.t.Context(), id, run.BriefQuery{AfterSeq: -1, BeforeSeq: -1, Limit: 500})
	if err != nil {
		v.t.Fatal(err)
	}
	for _, b := range page.Briefs {
		if b.State != run.NotEnrolled {
			ids = append(ids, b.Record.ID)
		}
	}
	return ids
}

// 5. Records are marked, and only they are run; marked enrollments are run again.
func TestJourneyOfMarkedRecords(t *testing.T) {
	t.Parallel()
	sizes(t, false, func(t *testing.T, width, height int) {
		v := newMachine(t, nil).sit(width, height)
		v.Press("3").See("[3 Records]", "255 contacts").Press("#").Type("2001").Press("enter", "space").See("●2001", "1 marked").Press("#").Type("2003").Press("enter", "space").See("●2003", "2 marked")
		v.Press("r").See("Run 2 records through").Type("Lead qual").Press("enter").ended("r1").See("[4 Runs]", "2 asks", "Nora Feldmann")
		if d := cmp.Diff([]string{"2001", "2003"}, v.enrolled("r1")); d != "" {
			t.Errorf("enrolled (-want +got):\n%s", d)
		}
		v.Press("down", "space", "R").ended("r2").See("r2 Lead qualification", "1 ask")
		if d := cmp.Diff([]string{"2003"}, v.enrolled("r2")); d != "" {
			t.Errorf("enrolled again (-want +got):\n%s", d)
		}
	})
}

// 6. A run that takes long is cancelled, what is done is kept, and it goes on later.
func TestJourneyOfARunThatIsCancelled(t *testing.T) {
	t.Parallel()
	sizes(t, false, func(t *testing.T, width, height int) {
		m := newMachine(t, nil)
		g := m.openAI(nil)
		g.let(3)
		v := m.sit(width, height)
		v.Press("j", "R").See("Run Lead qualification", "Answers").seek("down", "▸ Answers").seek("right", "live, asking OpenAI").Press("ctrl+s")
		v.WaitFor("B: a fine lead").See("● running", "c cancel")
		v.Press("q").Reads("A run is asking OpenAI", "what is done is kept").Press("esc")
		v.Press("c").WaitFor("interrupted").ended("r1").Reads("What is done is kept: u resumes it.")
		if v.Quit() {
			t.Fatal("the program ended")
		}
		kept := len(v.enrolled("r1"))
		if kept == 0 || kept >= 48 {
			t.Fatalf("%d enrollments are kept", kept)
		}
		g.let(-1)
		v.Press("u").ended("r1").WaitFor(" completed in").NotSee("u resumes it")
		if got := len(v.enrolled("r1")); got != 48 {
			t.Errorf("%d enrollments after all, want 48", got)
		}
	})
}

// 7. The one record that failed, and each of its attempts.
func TestJourneyToTheRecordThatFailed(t *testing.T) {
	t.Parallel()
	sizes(t, true, func(t *testing.T, width, height int) {
		v := newMachine(t, nil).sit(width, height)
		v.Press("j", "r").ended("r1").Reads("✗ 1 failed step").Press("!").See("1 found", "▌ Angry Person")
		v.Press("enter").See("qualify", "Grade by hand").seek("]", "[Attempts]").See("refusal", "refused to answer").Press("enter").seek("down", "1 ✗ 200 refusal")
		v.seek("esc", "1 found").Press("!").See("of 48").Press("home").See("▌ Nora Feldmann")

		// A call that was tried again shows what came before its answer.
		v.Press("1", "k", "r").ended("r2").Press("/").Type("4011").Press("enter").See("1 found").Press("enter").seek("]", "[Attempts]")
		v.Reads("server_error", "503", "The server is overloaded")
	})
}

// 8. Two runs are compared, and an answer that differs is read word by word.
func TestJourneyThroughTwoRuns(t *testing.T) {
	t.Parallel()
	sizes(t, false, func(t *testing.T, width, height int) {
		m := newMachine(t, nil)
		v := m.sit(width, height)
		v.Press("j", "r").ended("r1")
		m.change("responses/lead-qualification.yaml", "14 kitchens with about 90 fridges", "15 kitchens with about 90 freezers")
		v.Press("R").ended("r2").See("r2 Lead qualification").Press("esc").See("r1 ", "r2 ")
		v.Press("d").See("Compare r2 with").Press("enter").See("Nora Feldmann")
		v.Press("enter").Reads("A: [-14-]{+15+} kitchens with about 90 [-fridges-]{+freezers+}, deadline February")
		v.Press("$").See("runs diff r1 r2")
	})
}
