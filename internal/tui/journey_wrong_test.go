package tui_test

import (
	"database/sql"
	"errors"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	_ "modernc.org/sqlite" // another program that has the database open

	"askflow/internal/tui/ui"
)

// 16. What can go wrong while the screen is open.

// every goes to every place, and does something there.
func (v *visit) every(do func(place ui.Place)) *visit {
	v.t.Helper()
	for p := range ui.Places {
		v.Press(strconv.Itoa(int(p) + 1))
		do(p)
	}
	return v
}

// A window of one cell, and back: every place is as it was, and so is a dialog over it.
func TestJourneyOfWindows(t *testing.T) {
	t.Parallel()
	v := newMachine(t, nil).sit(120, 40)
	v.Press("j", "r").ended("r1").Press("enter")
	squeeze := func(where string) {
		t.Helper()
		before := v.Screen()
		for _, size := range [][2]int{{1, 1}, {0, 0}, {2, 30}, {300, 2}, {59, 16}, {60, 15}, {60, 16}, {80, 24}, {200, 60}} {
			v.Resize(size[0], size[1])
		}
		v.Resize(59, 40).Reads("askflow needs 60×16")
		v.Press("j", "enter") // keys do nothing that nobody sees
		v.Resize(120, 40)
		if after := v.Screen(); after != before {
			t.Errorf("%s was\n%s\nand is, after other sizes,\n%s", where, before, after)
		}
	}
	v.every(func(p ui.Place) {
		squeeze(p.String())
		v.Press("?")
		squeeze("help in " + p.String())
		v.Press("esc", ":")
		squeeze("the actions of " + p.String())
		v.Press("esc")
	})
	v.Press("1", "n").Type("Half a na")
	squeeze("a form")
	v.Press("esc").See("▌ Lead qualification")
}

// The folder of the portal goes away and comes back.
func TestJourneyWithoutAFolder(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("Windows lets nobody move a folder with an open file in it")
	}
	sizes(t, false, func(t *testing.T, width, height int) {
		m := newMachine(t, nil)
		v := m.sit(width, height)
		v.Press("j", "r").ended("r1").Press("enter").See("Nora Feldmann")
		away := filepath.Join(m.home, "away")
		if err := os.Rename(m.dir, away); err != nil {
			t.Fatal(err)
		}
		v.Until("it says that the portal is gone", func() bool { return strings.Contains(words(v.Screen()), "cannot be read any more") })
		v.every(func(p ui.Place) {
			v.Reads("cannot be read any more", "Put it back, or quit")
			v.Press("down", "enter", "r", "esc", "esc", "esc", "$", "esc", "?", "esc")
		})
		if err := os.Rename(away, m.dir); err != nil {
			t.Fatal(err)
		}
		v.Press("1").Until("the portal is back", func() bool { return !strings.Contains(words(v.Screen()), "cannot be read any more") })
		v.Press("esc", "esc", "home", "down").See("[1 Workflows]", "▌ Lead qualification").Press("r").ended("r2").See("[4 Runs]", " completed in")
		v.Press("enter").See("Nora Feldmann")
	})
}

// portal.yaml is broken underneath, by somebody who edits it, and mended.
func TestJourneyWithABrokenPortalFile(t *testing.T) {
	t.Parallel()
	sizes(t, false, func(t *testing.T, width, height int) {
		m := newMachine(t, nil)
		v := m.sit(width, height)
		whole := m.read("portal.yaml")
		v.See("▌ Sales email draft")
		m.write("portal.yaml", strings.Replace(whole, "time_zone: Europe/Berlin", "time_zone: [Europe/Berlin", 1))
		v.WaitFor("portal.yaml")
		v.Press("j", "r").Reads("cannot run because of 1 error", "portal.yaml:5:12", "and ] at its end").NotSee("[4 Runs]").Press("esc")
		v.every(func(ui.Place) { v.Press("down", "enter", "esc", "esc") })
		m.write("portal.yaml", strings.Replace(whole, "Norrvind Demo", "Norrvind again", 1))
		v.WaitFor("Norrvind again").Press("1", "esc", "home", "r").ended("r1").See("[4 Runs]", " completed in")
	})
}

// Another program keeps the database locked for longer than is waited for.
func TestJourneyWithALockedDatabase(t *testing.T) {
	t.Parallel()
	m := newMachine(t, nil)
	v := m.sit(120, 40)
	v.Press("j", "r").ended("r1")
	files, err := filepath.Glob(filepath.Join(m.dir, ".askflow", "*.db"))
	if err != nil || len(files) != 1 {
		t.Fatalf("databases %v, %v", files, err)
	}
	db, err := sql.Open("sqlite", files[0])
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	}()
	db.SetMaxOpenConns(1)
	if _, err := db.Exec("BEGIN EXCLUSIVE"); err != nil {
		t.Fatal(err)
	}
	v.Press("1", "r").Reads("locked")
	v.every(func(ui.Place) { v.Press("down", "esc") })
	if _, err := db.Exec("ROLLBACK"); err != nil {
		t.Fatal(err)
	}
	v.Press("1", "home", "j", "r").ended("r2").See("[4 Runs]", " completed in").Press("enter").See("Nora Feldmann")
}

// $EDITOR is not set, does not start, or fails.
func TestJourneyWithoutAnEditor(t *testing.T) {
	t.Parallel()
	sizes(t, false, func(t *testing.T, width, height int) {
		v := newMachine(t, nil).sit(width, height)
		v.Env = map[string]string{}
		var ran []string
		fail := error(nil)
		v.OnExec = func(cmd *exec.Cmd) error { ran = cmd.Args; return fail }
		v.Press("e")
		if len(ran) == 0 || !strings.HasSuffix(ran[len(ran)-1], "email-draft.yaml") {
			t.Errorf("without $EDITOR %q was started", ran)
		}
		v.Missing = map[string]bool{"nano": true, "vim": true, "vi": true, "nvim": true, "emacs": true, "notepad": true, "no-such-editor": true}
		ran = nil
		v.Press("e").Reads("There is no editor: neither $VISUAL nor $EDITOR is set", "edit the file with a program of your own")
		v.Env["EDITOR"] = "no-such-editor --wait"
		v.Press("e").Reads("no-such-editor", "cannot be started", "Set $EDITOR to a program that is installed")
		if ran != nil {
			t.Errorf("%q was started", ran)
		}
		v.Env["EDITOR"] = "edit"
		fail = errors.New("exit status 3")
		v.Press("e").Reads("exit status 3").Press("esc").See("[1 Workflows]", "▌ Sales email draft")
		fail = nil
		v.Press("e").NotSee("exit status 3").Press("r").ended("r1").See("[4 Runs]", " completed in")
	})
}

// cable is the way to OpenAI, which may be cut.
type cable struct {
	next http.RoundTripper
	cut  atomic.Bool
}

func (c *cable) RoundTrip(r *http.Request) (*http.Response, error) {
	if c.cut.Load() {
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: os.NewSyscallError("connect", syscall.ECONNREFUSED)}
	}
	return c.next.RoundTrip(r)
}

// OpenAI cannot be reached, and then it can.
func TestJourneyWithoutOpenAI(t *testing.T) {
	t.Parallel()
	sizes(t, false, func(t *testing.T, width, height int) {
		m := newMachine(t, nil)
		c := &cable{next: m.openAI(nil)}
		m.transport = c
		m.change("portal.yaml", "answers: scripted", "answers: live")
		v := m.sit(width, height)
		c.cut.Store(true)
		v.Press("j", "r").Reads("The connection failed").NotSee("completed in")
		v.Press("6").See("[6 Account]").Press("2", "down", "s", "ctrl+s").Reads("The connection failed")
		c.cut.Store(false)
		v.Press("ctrl+s").Reads("B: a fine lead").Press("1", "r").ended("r1").See("[4 Runs]", " completed in", "B: a fine lead")
	})
}
