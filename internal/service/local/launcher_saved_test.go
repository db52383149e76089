package local_test

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"askflow/internal/service"
	"askflow/internal/service/local"
)

// never is a machine on which files never settle: nothing is loaded again unless it is asked for.
func never(_ *desk, o *local.Options) {
	o.Timer = func(time.Duration) (<-chan time.Time, func()) { return nil, func() {} }
}

// A run and a plan go by the files as they were saved a moment ago, and not by what is still loaded.
func TestWhatWasSavedAMomentAgoIsRun(t *testing.T) {
	t.Parallel()
	dir := demoDir(t)
	d := open(t, dir, never)
	file := filepath.Join(dir, "workflows", "lead-qualification.yaml")
	change := func(from, to string) {
		t.Helper()
		wf, err := d.Workflows.Workflow(d.ctx, "workflows/lead-qualification.yaml")
		if err != nil {
			t.Fatal(err)
		}
		write(t, file, strings.Replace(string(wf.Text), from, to, 1))
	}
	r := service.RunRequest{Workflow: "lead-qualification", Enroll: "2001"}
	change("        Message:\n", "        They wrote:\n")
	d.run(r)
	asked := ""
	for seq := int64(0); asked == ""; seq++ {
		row, err := d.Runs.Row(d.ctx, "r1", seq)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range row.Steps {
			if s.Ask != nil {
				asked = s.Ask.Prompt
			}
		}
	}
	if !strings.Contains(asked, "They wrote:") {
		t.Errorf("the run asked\n%s", asked)
	}
	change("        They wrote:\n", "        They said:\n")
	plan, err := d.Launcher.Plan(d.ctx, r)
	if err != nil || len(plan.Samples) == 0 || !strings.Contains(plan.Samples[0].Prompt, "They said:") {
		t.Errorf("the plan would ask otherwise, or nothing: %v", err)
	}
}
