package emulator_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"askflow/internal/emulator"
	"askflow/internal/run"
)

// The test binary starts itself again as another process, which runs a workflow in this folder and then waits to be killed.
const childPortal = "ASKFLOW_TEST_PORTAL"

// childPause is after how many rows the child goes no further, so that it never comes to its end before it is killed.
const childPause = "ASKFLOW_TEST_PAUSE"

func TestMain(m *testing.M) {
	dir := os.Getenv(childPortal)
	if dir == "" {
		os.Exit(m.Run())
	}
	pause, err := strconv.Atoi(os.Getenv(childPause))
	if err == nil {
		err = child(dir, pause)
	}
	fmt.Println("error:", err)
	os.Exit(1)
}

// child runs the workflow and says how many rows are on disk, a line after each commit.
func child(dir string, pause int) error {
	e, err := emulator.Open(context.Background(), emulator.Options{Dir: dir})
	if err != nil {
		return err
	}
	done := 0
	hooks := emulator.Hooks{Rows: func(rows []run.Row, _ bool) error {
		done += len(rows)
		fmt.Println(done)
		if done >= pause {
			select {}
		}
		return nil
	}}
	_, err = e.Run(context.Background(), emulator.Request{Workflow: "grade", Seed: 1}, hooks)
	return err
}

// startChild starts the child and returns once it has committed at least so many rows.
func startChild(t *testing.T, dir string, rows, pause int) *exec.Cmd {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(exe)
	cmd.Env = append(os.Environ(), childPortal+"="+dir, childPause+"="+strconv.Itoa(pause))
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if cmd.ProcessState == nil {
			_ = cmd.Process.Kill()
			_ = cmd.Wait()
		}
	})
	for lines := bufio.NewScanner(out); lines.Scan(); {
		n, err := strconv.Atoi(lines.Text())
		if err != nil {
			t.Fatalf("the child says: %s", lines.Text())
		}
		if n >= rows {
			return cmd
		}
	}
	t.Fatal("the child ended by itself")
	return nil
}

func kill(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	var exit *exec.ExitError
	if err := cmd.Wait(); !errors.As(err, &exit) {
		t.Fatalf("the child was not killed: %v", err)
	}
}

// TestKilledRunGoesOn kills a run in the middle and resumes it: a long one somewhere, a short one after its first commit.
func TestKilledRunGoesOn(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ records, after, pause int }{{10_000, 3000, 8000}, {1200, 1, 1000}} {
		t.Run(fmt.Sprintf("%d records", c.records), func(t *testing.T) {
			want, wantTotals := gradeAll(t, gradePortal(t, c.records))
			dir := gradePortal(t, c.records)
			kill(t, startChild(t, dir, c.after, c.pause))
			e := open(t, dir)
			before := stored(t, e)
			if len(before) == 0 || len(before) >= c.records {
				t.Fatalf("%d rows were on disk when the run was killed", len(before))
			}
			r := theRun(t, e)
			if r.Status != run.RunInterrupted {
				t.Errorf("a run whose process is gone reads %s", r.Status)
			}
			if r.Totals.Considered != int64(len(before)) {
				t.Errorf("the totals count %d rows, and there are %d", r.Totals.Considered, len(before))
			}
			s, err := e.Run(context.Background(), emulator.Request{Resume: "last"}, emulator.Hooks{})
			if err != nil || s.Err != nil {
				t.Fatal(err, s)
			}
			if s.Run.Status != run.RunCompleted || s.Run.ID != "r1" {
				t.Errorf("run %s is %s", s.Run.ID, s.Run.Status)
			}
			got := stored(t, e)
			sameLines(t, want, got)
			if diff := cmp.Diff(wantTotals, s.Run.Totals); diff != "" {
				t.Errorf("totals (-whole +resumed):\n%s", diff)
			}
			checkTasks(t, got, c.records)
		})
	}
}

// checkTasks wants exactly one task for every record that was graded A, and none for the others.
func checkTasks(t *testing.T, lines []string, n int) {
	t.Helper()
	tasks := 0
	ids := map[string]bool{}
	for i, line := range lines {
		has := strings.Count(line, `"type":"TASK"`)
		should := 0
		if i%3 == 0 {
			should = 1
		}
		if has != should {
			t.Fatalf("record %d has %d tasks, want %d: %s", i, has, should, line)
		}
		tasks += has
		if _, rest, ok := strings.Cut(line, `"recordId":"99`); ok {
			id, _, _ := strings.Cut(rest, `"`)
			if ids[id] {
				t.Fatalf("the task id 99%s is used twice", id)
			}
			ids[id] = true
		}
	}
	if tasks != (n+2)/3 {
		t.Errorf("%d tasks, want %d", tasks, (n+2)/3)
	}
}

func TestTwoRunsAtOnce(t *testing.T) {
	t.Parallel()
	dir := gradePortal(t, 2000)
	cmd := startChild(t, dir, 1, 1)
	e := open(t, dir)
	for _, req := range []emulator.Request{{Workflow: "grade", Seed: 1}, {Resume: "last"}} {
		s, err := e.Run(context.Background(), req, emulator.Hooks{})
		if !errors.Is(err, run.ErrBusy) || s != nil {
			t.Fatalf("a second run beside a living one: %v, %v", s, err)
		}
		if got := emulator.AsError(err); got.Exit != emulator.ExitUsage || got.Message == "" {
			t.Errorf("exit %d, %q", got.Exit, got.Message)
		}
	}
	if r := theRun(t, e); r.Status != run.RunRunning {
		t.Errorf("a run whose process lives reads %s", r.Status)
	}
	kill(t, cmd)
	s, err := e.Run(context.Background(), emulator.Request{Resume: "r1"}, emulator.Hooks{})
	if err != nil || s.Err != nil || s.Run.Totals.Considered != 2000 {
		t.Fatalf("going on after the kill: %v, %+v", err, s)
	}
}
