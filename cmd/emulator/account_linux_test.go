package main

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

const canaryKey = "sk-proj-CaNaRy0123456789abcdefghijklmnopqrstuvwxyzT3BlbkFJABCDEFGHIJKLMNOPQRSTUVwxyz"

func mustHideKey(t *testing.T, where, text string) {
	t.Helper()
	raw := []byte(canaryKey)
	for _, form := range []string{canaryKey, canaryKey[len(canaryKey)-12:], base64.StdEncoding.EncodeToString(raw), hex.EncodeToString(raw)} {
		if strings.Contains(text, form) {
			t.Errorf("%s shows the key:\n%s", where, text)
			return
		}
	}
}

// child is the program as a process of its own, with a server on 127.0.0.1 that looks at it while it waits for an answer.
type child struct {
	t     *testing.T
	home  string
	cmd   *exec.Cmd
	mu    sync.Mutex
	begun chan struct{} // closed when the process runs and its id is known
	looks []string      // what /proc said of it, once for each request
	ask   func(pid int) // called before a request is answered
}

func newChild(t *testing.T, args ...string) *child {
	t.Helper()
	c := &child{t: t, home: t.TempDir(), begun: make(chan struct{})}
	server := httptest.NewServer(http.HandlerFunc(c.answer))
	t.Cleanup(server.Close)
	shop := filepath.Join(c.home, "shop")
	if err := os.CopyFS(shop, os.DirFS(filepath.Join("testdata", "portal"))); err != nil {
		t.Fatal(err)
	}
	c.cmd = exec.Command("emulator", append(args, "--portal", shop, "--log-file", filepath.Join(c.home, "log"))...)
	c.cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + c.home, "ASKFLOW_KEYRING=off", "ASKFLOW_PASSPHRASE=correct horse battery", "OPENAI_BASE_URL=" + server.URL + "/v1",
		"GOTRACEBACK=all", "TERM=xterm"}
	return c
}

func (c *child) answer(w http.ResponseWriter, r *http.Request) {
	<-c.begun
	_, _ = io.Copy(io.Discard, r.Body)
	pid := c.cmd.Process.Pid
	if c.ask != nil {
		c.ask(pid)
	}
	for _, file := range []string{"cmdline", "environ"} {
		data, err := os.ReadFile(fmt.Sprintf("/proc/%d/%s", pid, file))
		if err == nil {
			c.mu.Lock()
			c.looks = append(c.looks, string(data))
			c.mu.Unlock()
		}
	}
	w.Header().Set("Content-Type", "application/json")
	if r.Method == http.MethodGet {
		_, _ = io.WriteString(w, `{"object":"list","data":[{"id":"gpt-6-luna","object":"model","created":1,"owned_by":"x"}]}`)
		return
	}
	_, _ = io.WriteString(w, `{"id":"r","object":"response","status":"completed","model":"gpt-6-luna","output":[{"type":"message","id":"m","role":"assistant","status":"completed","content":[{"type":"output_text","text":"OK","annotations":[]}]}]}`)
}

func (c *child) start() {
	c.t.Helper()
	if err := c.cmd.Start(); err != nil {
		c.t.Fatal(err)
	}
	close(c.begun)
}

// search looks for the key in what /proc said and in every file that was written.
func (c *child) search() {
	c.t.Helper()
	for _, look := range c.looks {
		mustHideKey(c.t, "/proc", look)
	}
	files := 0
	err := filepath.Walk(c.home, func(path string, info os.FileInfo, err error) error {
		if err != nil || !info.Mode().IsRegular() {
			return err
		}
		files++
		data, err := os.ReadFile(path)
		mustHideKey(c.t, path, string(data))
		return err
	})
	if err != nil || files < 6 {
		c.t.Errorf("%d files searched: %v", files, err)
	}
}

// A process that is given the key on standard input has it in no place where others can look.
func TestProcessHidesTheKey(t *testing.T) {
	t.Parallel()
	c := newChild(t, "account", "connect", "-v")
	var out, errs bytes.Buffer
	c.cmd.Stdin, c.cmd.Stdout, c.cmd.Stderr = strings.NewReader(canaryKey+"\n"), &out, &errs
	c.start()
	if err := c.cmd.Wait(); err != nil {
		t.Fatalf("%v\n%s", err, &errs)
	}
	if len(c.looks) != 4 || !strings.Contains(c.looks[0], "account\x00connect") {
		t.Errorf("the process was looked at %d times", len(c.looks))
	}
	mustHideKey(t, "stdout", out.String())
	mustHideKey(t, "stderr", errs.String())
	if !strings.Contains(out.String(), "Connected. The key sk-proj-…wxyz is kept in an encrypted file.") {
		t.Errorf("%s", &out)
	}
	c.search()
}

// The text of a crash in the middle of a request does not hold the key either.
func TestCrashHidesTheKey(t *testing.T) {
	t.Parallel()
	c := newChild(t, "account", "connect")
	var out, errs bytes.Buffer
	c.cmd.Stdin, c.cmd.Stdout, c.cmd.Stderr = strings.NewReader(canaryKey+"\n"), &out, &errs
	done := make(chan struct{})
	c.ask = func(pid int) {
		_ = syscall.Kill(pid, syscall.SIGQUIT) // makes Go print every goroutine and die
		<-done
	}
	c.start()
	err := c.cmd.Wait()
	close(done)
	if err == nil || !strings.Contains(errs.String(), "goroutine 1 ") || !strings.Contains(errs.String(), "RoundTrip") {
		t.Errorf("no crash text: %v\n%s", err, &errs)
	}
	mustHideKey(t, "the crash", out.String()+errs.String())
	c.search()
}

// On a terminal the key is asked for and not shown.
func TestPromptHidesTheKey(t *testing.T) {
	t.Parallel()
	c := newChild(t, "account", "connect")
	screen, line := openTerminal(t)
	c.cmd.Stdin, c.cmd.Stdout, c.cmd.Stderr = line, line, line
	c.cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	c.start()
	_ = line.Close() // the process has its own
	var shown bytes.Buffer
	typed := false
	buf := make([]byte, 4096)
	for {
		n, err := screen.Read(buf) // ends with an error when the process has gone
		shown.Write(buf[:n])
		if !typed && strings.Contains(shown.String(), "not shown") {
			typed = true
			if _, err := io.WriteString(screen, canaryKey+"\n"); err != nil {
				t.Fatal(err)
			}
		}
		if err != nil {
			break
		}
	}
	if err := c.cmd.Wait(); err != nil {
		t.Errorf("%v", err)
	}
	if !typed || !strings.Contains(shown.String(), "is kept in an encrypted file.") {
		t.Errorf("%s", &shown)
	}
	mustHideKey(t, "the screen", shown.String())
	c.search()
}

// An interrupt at the prompt ends the program and leaves the terminal as it was.
func TestInterruptAtThePrompt(t *testing.T) {
	t.Parallel()
	c := newChild(t, "account", "connect")
	screen, line := openTerminal(t)
	before, err := unix.IoctlGetTermios(int(line.Fd()), unix.TCGETS)
	if err != nil {
		t.Fatal(err)
	}
	c.cmd.Stdin, c.cmd.Stdout, c.cmd.Stderr = line, line, line
	c.cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	c.start()
	var shown bytes.Buffer
	buf := make([]byte, 4096)
	for !strings.Contains(shown.String(), "not shown") {
		n, err := screen.Read(buf)
		if err != nil {
			t.Fatalf("%v\n%s", err, &shown)
		}
		shown.Write(buf[:n])
	}
	if _, err := io.WriteString(screen, "\x03"); err != nil { // Ctrl-C
		t.Fatal(err)
	}
	go func() { _, _ = io.Copy(io.Discard, screen) }()
	_ = c.cmd.Wait()
	if code := c.cmd.ProcessState.ExitCode(); code != 130 {
		t.Errorf("exit code %d", code)
	}
	after, err := unix.IoctlGetTermios(int(line.Fd()), unix.TCGETS)
	if err != nil || *after != *before {
		t.Errorf("the terminal is not as it was: %v", err)
	}
	c.search()
}

// openTerminal makes a pseudo terminal: what a person sees and types, and what a program is given.
func openTerminal(t *testing.T) (screen, line *os.File) {
	t.Helper()
	screen, err := os.OpenFile("/dev/ptmx", os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = screen.Close() })
	if err := unix.IoctlSetPointerInt(int(screen.Fd()), unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	n, err := unix.IoctlGetInt(int(screen.Fd()), unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	line, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = line.Close() })
	return screen, line
}
