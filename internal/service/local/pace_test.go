package local_test

import (
	"runtime"
	"testing"

	"askflow/internal/service"
)

// A run that waits for nothing leaves processors to the screen; one that waits for servers or the clock is not held back.
func TestRunsLeaveProcessorsToTheScreen(t *testing.T) {
	t.Parallel()
	d := open(t, demoDir(t))
	started, err := d.Launcher.Start(d.ctx, service.RunRequest{Workflow: "lead-qualification"})
	if err != nil {
		t.Fatal(err)
	}
	d.ended(started.Run.ID)
	few := min(4, max(1, runtime.NumCPU()/2))
	for name, c := range map[string]struct {
		request service.RunRequest
		want    int
	}{
		"the portal's own answers": {service.RunRequest{Workflow: "lead-qualification"}, few},
		"scripted":                 {service.RunRequest{Answers: "scripted"}, few},
		"replay without a clock":   {service.RunRequest{Answers: "replay", Clock: "skip"}, few},
		"a real clock":             {service.RunRequest{Answers: "scripted", Clock: "real"}, 0},
		"a faster clock":           {service.RunRequest{Clock: "x10"}, 0},
		"live":                     {service.RunRequest{Answers: "live"}, 0},
		"recorded":                 {service.RunRequest{Answers: "record"}, 0},
		"live, waits left out":     {service.RunRequest{Answers: "live", Clock: "skip"}, 0},
		"somebody said":            {service.RunRequest{Answers: "scripted", Concurrency: 9}, 9},
		"one that goes on":         {service.RunRequest{Resume: started.Run.ID}, few},
		"one that is not there":    {service.RunRequest{RetryFailed: "r99"}, few},
	} {
		if got, err := d.AtOnce(d.ctx, c.request); err != nil || got != c.want {
			t.Errorf("%s: %d at once, want %d; %v", name, got, c.want, err)
		}
	}
}
