package recording_test

import (
	"bufio"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"askflow/internal/recording"
)

// TestMain lets the test binary stand in for a program that records and is killed.
func TestMain(m *testing.M) {
	if base := os.Getenv("RECORDING_CHILD"); base != "" {
		if err := recordUntilKilled(base); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

func recordUntilKilled(base string) error {
	lib, problems := recording.Load(os.Getenv("RECORDING_DIR"))
	if len(problems) > 0 {
		return problems
	}
	r := recording.Record(lib, http.DefaultTransport, recording.RecordOptions{Name: "states", Date: "2026-11-23"})
	if err := r.Begin(os.Getenv("RECORDING_JOURNAL")); err != nil {
		return err
	}
	s := &server{}
	s.Server = serverAt(base)
	c := s.client(r)
	var out sync.Mutex
	var workers sync.WaitGroup
	for w := range 4 {
		workers.Go(func() {
			for i := 0; ; i++ {
				prompt := fmt.Sprintf("question-%d-%d", w, i)
				a, err := ask(c, question(prompt), "1")
				if err != nil || a.Text != "echo: "+prompt {
					continue
				}
				out.Lock()
				fmt.Println(prompt) // from here on the answer counts as received
				out.Unlock()
			}
		})
	}
	workers.Wait()
	return nil
}

func TestAKillLosesNoAnswerThatWasReceived(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	dir, journal := folders(t)
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	child := exec.Command(self)
	child.Env = append(os.Environ(), "RECORDING_CHILD="+s.URL, "RECORDING_DIR="+dir, "RECORDING_JOURNAL="+journal)
	child.Stderr = os.Stderr
	stdout, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	var received []string
	lines := bufio.NewScanner(stdout)
	for lines.Scan() {
		received = append(received, lines.Text())
		if len(received) == 20 {
			if err := child.Process.Kill(); err != nil { // SIGKILL where there are signals
				t.Fatal(err)
			}
		}
	}
	_ = child.Wait() // it was killed
	if len(received) < 20 {
		t.Fatalf("only %d answers came", len(received))
	}
	// As if the kill had hit in the middle of a line.
	f, err := os.OpenFile(journal, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteString(interaction(someKey(1), "half", "half")[:99]); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}

	// A recorder that goes on asks for none of them again.
	sent := &counted{} // what the server counts may still come from the program that was killed
	r := recording.Record(load(t, dir), sent, recording.RecordOptions{Name: "states", Date: "2026-11-24"})
	if err := r.Begin(journal); err != nil {
		t.Fatal(err)
	}
	for _, prompt := range received {
		if a, err := ask(s.client(r), question(prompt), "1"); err != nil || a.Text != "echo: "+prompt {
			t.Errorf("%s: %v %v", prompt, a, err)
		}
	}
	if again := sent.n.Load(); again != 0 {
		t.Errorf("%d of %d answers were lost and asked for again", again, len(received))
	}
	if _, err := r.Finish(); err != nil {
		t.Fatal(err)
	}
	all := readFile(t, dir+"/states.jsonl")
	for _, prompt := range received {
		if !strings.Contains(all, `"echo: `+prompt+`"`) {
			t.Errorf("%s is not recorded", prompt)
		}
	}
	load(t, dir)
}

// counted counts the requests that it carries.
type counted struct{ n atomic.Int64 }

func (c *counted) RoundTrip(r *http.Request) (*http.Response, error) {
	c.n.Add(1)
	return http.DefaultTransport.RoundTrip(r)
}
