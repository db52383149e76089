package sqlite_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"

	"askflow/internal/run"
	"askflow/internal/store/sqlite"
	"askflow/internal/store/storetest"
)

// The test binary starts itself again as another process; these variables tell it what to be.
const (
	childRole = "ASKFLOW_TEST_CHILD"
	childDir  = "ASKFLOW_TEST_DIR"
)

func TestMain(m *testing.M) {
	role := os.Getenv(childRole)
	if role == "" {
		os.Exit(m.Run())
	}
	if err := child(role, os.Getenv(childDir)); err != nil {
		fmt.Println("error:", err)
		os.Exit(1)
	}
}

const crashGroup = 50

// child says what it did, a line each time.
func child(role, dir string) error {
	ctx := context.Background()
	if role == "read" {
		return readOn(ctx, dir)
	}
	if role == "briefs" {
		return briefsOf(ctx, dir)
	}
	s, err := sqlite.Open(ctx, dir, sqlite.Options{})
	if err != nil {
		return err
	}
	if role == "open" {
		fmt.Println("opened")
		return s.Close()
	}
	r := storetest.NewRun()
	if err := s.Begin(ctx, r); err != nil {
		return err
	}
	fmt.Println("began", r.ID)
	switch role {
	case "hold":
		_, err := io.Copy(io.Discard, os.Stdin)
		return errors.Join(err, s.Close())
	case "crash":
		for i := int64(0); ; i += crashGroup {
			r.Totals.Considered = i + crashGroup
			if err := s.Commit(ctx, r.ID, group(i, crashGroup, 2000), &r.Totals); err != nil {
				return err
			}
			fmt.Println("committed", r.Totals.Considered)
		}
	case "memory":
		return memory(s, r)
	}
	return errors.New("no such role: " + role)
}

// group is n rows from place seq on, of about size bytes each.
func group(seq int64, n, size int) []run.Row {
	rows := make([]run.Row, n)
	for i := range rows {
		rows[i] = storetest.NewRow(seq + int64(i))
		rows[i].Steps = fmt.Appendf(nil, `[{"actionId":"1","actionTypeId":"1-900001","state":"SUCCESS","ask":{"prompt":"%s"}}]`,
			strings.Repeat("x", max(0, size-300)))
	}
	return rows
}

// memory prints by how many kB the most memory the process ever had grew over 80 MB of results.
func memory(s *sqlite.Store, r *run.Run) error {
	seq := int64(0)
	fill := func(groups int) error {
		for range groups {
			if err := s.Commit(context.Background(), r.ID, group(seq, 100, 2000), &r.Totals); err != nil {
				return err
			}
			seq += 100
		}
		return nil
	}
	if err := fill(100); err != nil { // the log has been moved once, caches are full
		return err
	}
	before, err := peakMemory()
	if err != nil {
		return err
	}
	if err := fill(400); err != nil {
		return err
	}
	if err := s.Rows(context.Background(), r.ID, run.Query{AfterSeq: -1}, func(*run.Row) error { return nil }); err != nil {
		return err
	}
	after, err := peakMemory()
	fmt.Println("peak", before, "grew", after-before)
	return errors.Join(err, s.Close())
}

func peakMemory() (int, error) {
	data, err := os.ReadFile("/proc/self/status")
	_, rest, _ := strings.Cut(string(data), "VmHWM:")
	line, _, _ := strings.Cut(rest, "kB")
	n, convErr := strconv.Atoi(strings.TrimSpace(line))
	return n, errors.Join(err, convErr)
}

// readOn reads until the input ends and fails when it sees part of a group, or fewer rows than before.
func readOn(ctx context.Context, dir string) error {
	r, err := sqlite.OpenReader(ctx, dir, sqlite.Options{})
	if err != nil {
		return err
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_, _ = io.Copy(io.Discard, os.Stdin) // however it ends, it ended
	}()
	fmt.Println("reading")
	for before, last := 0, false; ; {
		n := 0
		if err := r.Rows(ctx, "r1", run.Query{AfterSeq: -1}, func(*run.Row) error { n++; return nil }); err != nil {
			return err
		}
		if n%crashGroup != 0 || n < before {
			return fmt.Errorf("saw %d rows after %d", n, before)
		}
		if last {
			fmt.Println("read", n)
			return r.Close()
		}
		before = n
		select {
		case <-ended:
			last = true
		default:
		}
	}
}

type running struct {
	*exec.Cmd
	in  io.WriteCloser
	out *bufio.Scanner
}

// start starts this binary as another process.
func start(t *testing.T, role, dir string) *running {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(), childRole+"="+role, childDir+"="+dir)
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill() // mostly it is gone
		_ = cmd.Wait()
	})
	return &running{Cmd: cmd, in: in, out: bufio.NewScanner(out)}
}

// line waits for the next line the process prints.
func (r *running) line(t *testing.T, want string) string {
	t.Helper()
	if !r.out.Scan() || !strings.HasPrefix(r.out.Text(), want) {
		t.Fatalf("the other process said %q, want %q", r.out.Text(), want)
	}
	return r.out.Text()
}

func (r *running) kill(t *testing.T) {
	t.Helper()
	if err := r.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	for r.out.Scan() { // until the pipe ends
	}
	_ = r.Wait() // it says that it was killed
}

func TestKilledInTheMiddle(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	// The last one dies after the log was moved into the database at least once.
	for i, commits := range []int{1, 7, 250} {
		id := fmt.Sprint("r", i+1)
		c := start(t, "crash", dir)
		c.line(t, "began "+id)
		for range commits {
			c.line(t, "committed")
		}
		c.kill(t)

		s := open(t, dir, sqlite.Options{})
		r, err := s.Run(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		if r.Status != run.RunInterrupted || r.Ended.IsZero() {
			t.Errorf("after the kill run %s reads %s, ended %v", id, r.Status, r.Ended)
		}
		n := int64(0)
		err = s.Rows(t.Context(), id, run.Query{AfterSeq: -1}, func(row *run.Row) error {
			if row.Seq != n {
				return fmt.Errorf("row %d has place %d", n, row.Seq)
			}
			n++
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if n != r.Totals.Considered || n%crashGroup != 0 || n < int64(commits*crashGroup) {
			t.Errorf("after %d reported commits there are %d rows and totals of %d", commits, n, r.Totals.Considered)
		}
		if _, err := s.Reopen(t.Context(), id); err != nil {
			t.Errorf("Reopen: %v", err)
		}
		if err := s.Commit(t.Context(), id, group(n, 1, 100), nil); err != nil {
			t.Errorf("Commit after Reopen: %v", err)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestAnotherProcessIsRunning(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := open(t, dir, sqlite.Options{})
	done := storetest.NewRun()
	if err := s.Begin(t.Context(), done); err != nil {
		t.Fatal(err)
	}
	done.Status = run.RunCompleted
	if err := s.Finish(t.Context(), done); err != nil {
		t.Fatal(err)
	}
	c := start(t, "hold", dir)
	c.line(t, "began r2")

	r, err := s.Run(t.Context(), "last")
	if err != nil || r.Status != run.RunRunning || r.Pid != c.Process.Pid {
		t.Errorf("the other's run reads %v, %v", r, err)
	}
	_, reopenOther := s.Reopen(t.Context(), "r2")
	_, reopenMine := s.Reopen(t.Context(), "r1")
	for what, err := range map[string]error{
		"Begin": s.Begin(t.Context(), storetest.NewRun()), "Reopen of its run": reopenOther, "Reopen of another run": reopenMine,
		"Delete of its run": s.Delete(t.Context(), "r2"),
	} {
		if !errors.Is(err, run.ErrBusy) || !strings.Contains(err.Error(), fmt.Sprint("pid ", c.Process.Pid, " ")) {
			t.Errorf("%s: the error is %v, want one that is ErrBusy and names pid %d", what, err, c.Process.Pid)
		}
	}
	if err := s.Commit(t.Context(), "r2", group(0, 1, 100), nil); err == nil {
		t.Error("a row was added to another process's run")
	}
	c.kill(t)

	if r, err = s.Run(t.Context(), "r2"); err != nil || r.Status != run.RunInterrupted {
		t.Errorf("after its process was killed the run reads %v, %v", r, err)
	}
	if r, err = s.Reopen(t.Context(), "r2"); err != nil || r.Pid != os.Getpid() {
		t.Errorf("Reopen gave %v, %v", r, err)
	}
}

func TestOthersReadWhileOneWrites(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := open(t, dir, sqlite.Options{})
	r := storetest.NewRun()
	if err := s.Begin(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	readers := []*running{start(t, "read", dir), start(t, "read", dir)}
	for _, o := range readers {
		o.line(t, "reading")
	}
	const groups = 40
	for i := range int64(groups) {
		if err := s.Commit(t.Context(), r.ID, group(i*crashGroup, crashGroup, 2000), &r.Totals); err != nil {
			t.Fatal(err)
		}
	}
	for _, o := range readers {
		if err := o.in.Close(); err != nil {
			t.Error(err)
		}
		o.line(t, fmt.Sprint("read ", groups*crashGroup))
	}
}

func TestManyOpenTheSameNewFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir() + "/a ü?#%41;&=+/.askflow" // a folder may be called anything
	var others []*running
	for range 3 {
		others = append(others, start(t, "open", dir))
	}
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			s, err := sqlite.Open(context.Background(), dir, sqlite.Options{})
			if err != nil {
				t.Errorf("Open: %v", err)
				return
			}
			if _, err := s.Runs(context.Background()); err != nil {
				t.Errorf("Runs: %v", err)
			}
			if err := s.Close(); err != nil {
				t.Errorf("Close: %v", err)
			}
		})
	}
	wg.Wait()
	for _, o := range others {
		o.line(t, "opened")
	}
	if _, err := os.Stat(dir + "/" + sqlite.FileName); err != nil {
		t.Error(err)
	}
}

func TestMemoryStaysFlat(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" {
		t.Skip("the peak of a process's memory is read from /proc, which only Linux has")
	}
	var peak, grew int
	line := start(t, "memory", t.TempDir())
	line.line(t, "began")
	if _, err := fmt.Sscanf(line.line(t, "peak"), "peak %d grew %d", &peak, &grew); err != nil {
		t.Fatal(err)
	}
	if grew > 16<<10 {
		t.Errorf("80 MB of results made the process grow by %d kB over %d kB", grew, peak)
	}
}
