package main

import (
	"bytes"
	"encoding/json"
	"os"
	"strings"
	"syscall"
	"testing"
)

// A live run in a process of its own has the key in no place where others can look: not in its arguments, and in its
// environment only where the user put it; not in the text of a crash in the middle of a question; and not in what it
// leaves behind.
func TestLiveProcessHidesTheKey(t *testing.T) {
	t.Parallel()
	for _, crash := range []bool{false, true} {
		for _, answers := range []string{"live", "record"} {
			t.Run(answers+map[bool]string{true: "/crash"}[crash], func(t *testing.T) {
				t.Parallel()
				c := newChild(t, "run", "grade", "--answers", answers, "-v", "-o", "json", "--concurrency", "3")
				c.cmd.Env = append(c.cmd.Env, "OPENAI_API_KEY="+canaryKey)
				var out, errs bytes.Buffer
				c.cmd.Stdout, c.cmd.Stderr = &out, &errs
				done := make(chan struct{})
				asked := 0
				c.ask = func(pid int) {
					c.mu.Lock()
					asked++
					third := asked == 3 // the list of models comes first
					c.mu.Unlock()
					if crash && third {
						_ = syscall.Kill(pid, syscall.SIGQUIT) // makes Go print every goroutine and die
						<-done
					}
				}
				c.start()
				err := c.cmd.Wait()
				close(done)
				if crash != (err != nil) || crash != strings.Contains(errs.String(), "goroutine 1 ") {
					t.Errorf("%v\n%s", err, &errs)
				}
				mustHideKey(t, "the program", out.String()+errs.String())
				c.withoutItsEnvironment()
				c.search()
				if crash {
					return
				}
				var r liveRun
				if err := json.Unmarshal(out.Bytes(), &r); err != nil || r.Run.Totals.Asks != 4 {
					t.Errorf("%v: %s", err, &out)
				}
			})
		}
	}
}

// withoutItsEnvironment forgets what /proc said of the environment, where this key was put by whoever started the child.
func (c *child) withoutItsEnvironment() {
	c.t.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	var rest []string
	for _, look := range c.looks {
		if !strings.Contains(look, "HOME="+c.home) {
			rest = append(rest, look)
		}
	}
	if c.looks = rest; len(rest) == 0 {
		c.t.Error("the process was never looked at")
	}
}

// A run that was killed while questions were under way is gone on with, and only those are asked again.
func TestLiveKilled(t *testing.T) {
	t.Parallel()
	c := newChild(t, "run", "grade", "--answers", "live", "--concurrency", "1")
	c.cmd.Env = append(c.cmd.Env, "OPENAI_API_KEY="+canaryKey)
	asked := 0
	c.ask = func(pid int) {
		c.mu.Lock()
		asked++
		third := asked == 4 // the list of models comes first
		c.mu.Unlock()
		if third {
			_ = syscall.Kill(pid, syscall.SIGKILL)
		}
	}
	c.start()
	if err := c.cmd.Wait(); err == nil {
		t.Fatal("the process was not killed")
	}
	again := newChild(t, "run", "--resume", "last", "--strict", "-o", "json")
	again.ask = nil
	if err := os.RemoveAll(again.home); err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(again.home, os.DirFS(c.home)); err != nil {
		t.Fatal(err)
	}
	again.cmd.Env = append(again.cmd.Env, "OPENAI_API_KEY="+canaryKey)
	var out, errs bytes.Buffer
	again.cmd.Stdout, again.cmd.Stderr = &out, &errs
	again.start()
	if err := again.cmd.Wait(); err != nil {
		t.Fatalf("%v\n%s", err, &errs)
	}
	var r liveRun
	if err := json.Unmarshal(out.Bytes(), &r); err != nil || r.Run.Status != "COMPLETED" || r.Run.Totals.Asks != 4 {
		t.Errorf("%v: %s", err, &out)
	}
	warned := 0
	for _, res := range r.Results {
		for _, s := range res.Steps {
			warned += len(s.Warnings)
		}
	}
	// One list of models, and the two questions that had no answer: each is looked at twice.
	if len(again.looks) != 6 || warned != 1 {
		t.Errorf("the server was asked %d times, and %d steps tell of it", len(again.looks)/2, warned)
	}
}
