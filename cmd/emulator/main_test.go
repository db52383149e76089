package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/clipperhouse/displaywidth"
	"github.com/rogpeppe/go-internal/testscript"

	"askflow/internal/cli"
)

// TestMain makes the test binary stand in for the program, so that scripts start whole processes.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"emulator": func() {
			os.Exit(cli.New(os.Stdin, os.Stdout, os.Stderr).Run(context.Background(), os.Args[1:]))
		},
	})
}

// TestScripts runs testdata/script. Every script finds a small portal in ./shop, and has a home of its own.
// UPDATE_SCRIPTS=1 writes what the program prints into the goldens.
func TestScripts(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{
		Dir:                 filepath.Join("testdata", "script"),
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		UpdateScripts:       os.Getenv("UPDATE_SCRIPTS") != "",
		Setup:               setup,
		Condition:           condition,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits":   exits,
			"aligned": aligned,
			"scrub":   scrub,
			"write":   write,
			"lines":   lines,
			"sql":     sqlCommand,
		},
	})
}

// setup gives a script its home, its cache and the small portal.
func setup(env *testscript.Env) error {
	home := filepath.Join(env.WorkDir, "home")
	for key, value := range map[string]string{
		"HOME": home, "USERPROFILE": home, "LocalAppData": filepath.Join(home, "cache"), "XDG_CACHE_HOME": filepath.Join(home, "cache"),
		"XDG_STATE_HOME": filepath.Join(home, "state"), "XDG_CONFIG_HOME": filepath.Join(home, "config"), "TZ": "UTC", "NO_COLOR": "", "TERM": "xterm",
		"GORACE": "atexit_sleep_ms=0", // the race detector sleeps for a second at the end of every program
	} {
		env.Setenv(key, value)
	}
	if err := os.MkdirAll(home, 0o755); err != nil {
		return err
	}
	return os.CopyFS(filepath.Join(env.WorkDir, "shop"), os.DirFS(filepath.Join("testdata", "portal")))
}

// condition knows two more conditions: full (the system has /dev/full) and readonly (a folder without the permission to
// write keeps this user from writing: never so for root).
func condition(name string) (bool, error) {
	switch name {
	case "full":
		_, err := os.Stat("/dev/full")
		return err == nil, nil
	case "readonly":
		return runtime.GOOS != "windows" && os.Geteuid() != 0, nil
	}
	return false, fmt.Errorf("there is no condition %q", name)
}

// exits runs a command that must end with an exit code: exits CODE emulator ARG…. Whatever the command prints must be
// harmless for a terminal.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE COMMAND [ARG…]")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		var exit *exec.ExitError
		if !errors.As(err, &exit) {
			ts.Fatalf("%v", err)
		}
		got = exit.ExitCode()
	}
	if got != want {
		ts.Fatalf("exit code %d, not %d", got, want)
	}
	for _, stream := range []string{"stdout", "stderr"} {
		if at, r := firstHarmful(ts.ReadFile(stream)); r >= 0 {
			ts.Fatalf("%s holds %U at byte %d", stream, r, at)
		}
	}
}

// firstHarmful finds what could speak to a terminal: control characters except line breaks, invalid UTF-8, and marks that
// change the direction of text. r is -1 when there is nothing.
func firstHarmful(s string) (at int, r rune) {
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && size == 1,
			r < 0x20 && r != '\n',
			r >= 0x7f && r < 0xa0,
			r >= 0x2028 && r <= 0x202e, r >= 0x2066 && r <= 0x2069, r == 0x200e, r == 0x200f, r == 0x061c:
			return i, r
		}
		i += size
	}
	return 0, -1
}

// aligned checks the table in a text: aligned FILE HEADER. Below the line that starts with HEADER, until an empty line,
// cells start or end where the words of the head do, in columns of the screen.
func aligned(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: aligned FILE HEADER")
	}
	_, table, found := strings.Cut("\n"+ts.ReadFile(args[0]), "\n"+args[1])
	if !found {
		ts.Fatalf("no line starts with %q", args[1])
	}
	all := strings.Split(args[1]+table, "\n")
	heads := spans(all[0])
	rows := 0
	for _, row := range all[1:] {
		if row == "" || strings.HasPrefix(row, "…") {
			break
		}
		rows++
		starts, ends := map[int]bool{}, map[int]bool{}
		for _, cell := range spans(row) {
			starts[cell[0]], ends[cell[1]] = true, true
		}
		for _, head := range heads {
			if !starts[head[0]] && !ends[head[1]] && !blank(row, head) {
				ts.Fatalf("no cell stands below column %d to %d of:\n%s\n%s", head[0], head[1], all[0], row)
			}
		}
	}
	if rows == 0 {
		ts.Fatalf("the table is empty")
	}
}

// spans are the cells of a row: from which column of the screen to which. Two blanks part cells.
func spans(row string) [][2]int {
	var out [][2]int
	at, blanks := 0, 2
	for g := displaywidth.StringGraphemes(row); g.Next(); {
		switch {
		case g.Value() == " ":
			blanks++
		case blanks >= 2:
			out = append(out, [2]int{at, 0})
			fallthrough
		default:
			blanks = 0
			out[len(out)-1][1] = at + g.Width()
		}
		at += g.Width()
	}
	return out
}

// blank tells whether a row has no cell between two columns of the screen.
func blank(row string, between [2]int) bool {
	for _, cell := range spans(row) {
		if cell[0] < between[1] && cell[1] > between[0] {
			return false
		}
	}
	return true
}

var (
	wallTime = regexp.MustCompile(`"(createdAt|endedAt)": ?"[^"]*"`)
	startOf  = regexp.MustCompile(`\b20[0-9]{2}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}(:[0-9]{2})?( [A-Z]+)?\b`)
	took     = regexp.MustCompile(`\bin [0-9.]+ (ms|s)\b`)
)

// scrub copies a text and takes out what differs from run to run: scrub FROM TO.
func scrub(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: scrub FROM TO")
	}
	text := wallTime.ReplaceAllStringFunc(ts.ReadFile(args[0]), func(s string) string {
		if strings.Contains(s, "2026-01-05T") { // the virtual clock is the same every time
			return s
		}
		return wallTime.ReplaceAllString(s, `"$1":"TIME"`)
	})
	text = startOf.ReplaceAllStringFunc(text, func(s string) string {
		if strings.HasPrefix(s, "2026-01-05 ") {
			return s
		}
		return "2026-11-11 11:11"
	})
	text = took.ReplaceAllString(text, "in TIME")
	text = strings.ReplaceAll(text, ts.Getenv("WORK"), "WORK")
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), []byte(text), 0o644))
}

// write makes a file of repeated texts: write FILE COUNT TEXT [COUNT TEXT]…. A text may hold Go's escapes.
func write(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 3 || len(args)%2 == 0 {
		ts.Fatalf("usage: write FILE COUNT TEXT [COUNT TEXT]…")
	}
	f, err := os.Create(ts.MkAbs(args[0]))
	ts.Check(err)
	for i := 1; i < len(args); i += 2 {
		n, err := strconv.Atoi(args[i])
		ts.Check(err)
		text, err := strconv.Unquote("`" + args[i+1] + "`")
		ts.Check(err)
		if strings.Contains(text, `\`) {
			text, err = strconv.Unquote(`"` + strings.ReplaceAll(text, `"`, `\"`) + `"`)
			ts.Check(err)
		}
		_, err = strings.NewReader(strings.Repeat(text, n)).WriteTo(f)
		ts.Check(err)
	}
	ts.Check(f.Close())
}

// lines counts the lines of a text: lines FILE COUNT.
func lines(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: lines FILE COUNT")
	}
	if n := strings.Count(ts.ReadFile(args[0]), "\n"); strconv.Itoa(n) != args[1] {
		ts.Fatalf("%d lines, not %s", n, args[1])
	}
}
