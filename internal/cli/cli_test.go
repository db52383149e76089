package cli_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"askflow/internal/cli"
)

// program runs one command line in this process.
func program(t *testing.T, ctx context.Context, args ...string) (code int, out, errs string) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	code = cli.New(strings.NewReader(""), &stdout, &stderr).Run(ctx, args)
	return code, stdout.String(), stderr.String()
}

// newPortal makes a portal from the empty template.
func newPortal(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "portal")
	if code, _, errs := program(t, t.Context(), "init", dir); code != 0 {
		t.Fatal(errs)
	}
	return dir
}

func TestInterruptExitsWith130AndKeepsTheRun(t *testing.T) {
	t.Parallel()
	dir := newPortal(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if code, out, errs := program(t, ctx, "run", "sort-messages", "--portal", dir); code != 130 {
		t.Errorf("exit code %d, %s%s", code, out, errs)
	}
	if code, out, errs := program(t, t.Context(), "run", "sort-messages", "--portal", dir, "-q"); code != 0 || errs != "" || !strings.Contains(out, "3 COMPLETED") {
		t.Errorf("after it: exit code %d, %s%s", code, out, errs)
	}
}

type brokenWriter struct{}

func (brokenWriter) Write([]byte) (int, error) { return 0, errors.New("the wire is cut") }

func TestOutputThatCannotBeWritten(t *testing.T) {
	t.Parallel()
	dir := newPortal(t)
	for _, args := range [][]string{
		{"--help"}, {"--version"}, {"models"}, {"validate", "-o", "json"}, {"records"}, {"records", "list", "contacts", "-o", "jsonl"}, {"records", "show", "1"},
		{"run", "sort-messages"}, {"run", "sort-messages", "-o", "json"}, {"run", "sort-messages", "-o", "jsonl"}, {"plan", "sort-messages"},
		{"runs"}, {"runs", "show", "last"}, {"runs", "show", "last", "-o", "jsonl"}, {"inbox", "-v"}, {"assistants"}, {"assistants", "show", "message-sorter"},
		{"convert", filepath.Join(dir, "workflows", "sort-messages.yaml"), "--to", "json"},
	} {
		var errs bytes.Buffer
		code := cli.New(strings.NewReader(""), brokenWriter{}, &errs).Run(t.Context(), append(args, "--portal", dir))
		if code != 2 || strings.Count(errs.String(), "error: the output cannot be written: the wire is cut") != 1 {
			t.Errorf("%q: exit code %d, %s", args, code, errs.String())
		}
	}
}

// Every flag and command that is promised is there, with its default.
func TestPromisedFlags(t *testing.T) {
	t.Parallel()
	common := []string{"--demo ", "--portal DIR ", "--no-color ", "-q, --quiet ", "-v, --verbose ", "--log-file FILE "}
	scope := []string{"--records FILE ", "--enroll RECORDS ", `(default "matching")`, "--answers SOURCE ", "--assistant ASSISTANT ", "--model MODEL ", "--temperature T ",
		"--reasoning-effort E ", "--seed N ", "--now TIME ", "--era ERA ", "--pin STEP=TEXT ", "--stub STEP ", "--max-cost USD ", "-o, --output FORM "}
	for command, flags := range map[string][]string{
		"init":              {"--from TEMPLATE "},
		"validate":          {"-o, --output FORM "},
		"run":               append([]string{"--concurrency N ", "(default 16)", "--clock xN ", `(default "skip")`, "--faults FILE ", "--resume RUN ", "--retry-failed RUN ", "--draft-missing ", "--strict ", "--timings "}, scope...),
		"plan":              scope,
		"runs":              {"-o, --output FORM "},
		"runs list":         {"-o, --output FORM "},
		"runs show":         {"--record ID ", "--failed ", "-o, --output FORM "},
		"runs diff":         {"-o, --output FORM "},
		"runs delete":       {"-y, --yes "},
		"inbox":             {"--run RUN ", "-o, --output FORM "},
		"records":           {"-o, --output FORM "},
		"records list":      {"--limit N ", "--properties NAME,NAME ", "-o, --output FORM "},
		"records show":      {"-o, --output FORM "},
		"assistants list":   {"-o, --output FORM "},
		"assistants show":   {"-o, --output FORM "},
		"assistants import": {"--replace ", "--dry-run ", "-o, --output FORM "},
		"models list":       {"-o, --output FORM "},
		"convert":           {"--to FORM "},
		"completion bash":   nil, "completion zsh": nil, "completion fish": nil,
	} {
		code, out, errs := program(t, t.Context(), append(strings.Fields(command), "--help")...)
		if code != 0 || errs != "" {
			t.Errorf("%s --help: exit code %d, %s", command, code, errs)
		}
		joined := strings.Join(strings.Fields(out), " ") + " "
		for _, want := range append(common, flags...) {
			if !strings.Contains(joined, want) {
				t.Errorf("%s --help does not show %q", command, want)
			}
		}
	}
}

// No command line, however odd, ends in a panic or with an exit code that is not promised.
func FuzzCommandLine(f *testing.F) {
	for _, s := range []string{"run\x00", "runs\x00show\x00last", "run\x00sort-messages\x00--pin\x00=", "--output", "records\x00list\x00contacts\x00--limit\x00-1", "inbox\x00tasks\x00-o\x00json",
		"run\x00sort-messages\x00--seed\x00-9223372036854775808", "plan\x00sort-messages\x00--now\x000000-00-00", "help\x00help", "run\x00--\x00--x", "-o\x00\x1b[31m", "run\x00sort-messages\x00--clock\x00x0"} {
		f.Add(s)
	}
	f.Add("--\xc7")
	dir := filepath.Join(f.TempDir(), "portal")
	if code := cli.New(strings.NewReader(""), &bytes.Buffer{}, &bytes.Buffer{}).Run(f.Context(), []string{"init", dir}); code != 0 {
		f.Fatal("no portal")
	}
	f.Fuzz(func(t *testing.T, line string) {
		args := strings.Split(line, "\x00")
		for _, a := range args {
			// These write where they are told to, or wait for real.
			for _, not := range []string{"init", "import", "log-file", "draft", "clock", "completion", "@", "demo", "portal"} {
				if strings.Contains(a, not) && line != "run\x00sort-messages\x00--clock\x00x0" {
					t.Skip("it would write where it is told to, or wait for real")
				}
			}
		}
		code, out, errs := program(t, t.Context(), append(args, "--portal", dir)...)
		switch code {
		case 0, 1, 2, 3, 4:
		default:
			t.Fatalf("exit code %d", code)
		}
		if code == 2 && errs == "" {
			t.Fatalf("%q failed without a word", args)
		}
		if strings.ContainsFunc(out+errs, func(r rune) bool { return r != '\n' && unicode.IsControl(r) }) || !utf8.ValidString(out+errs) {
			t.Fatalf("%q: control characters in %q", args, out+errs)
		}
	})
}

func TestLogFileIsForItsOwnerOnly(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "log")
	if code, _, errs := program(t, t.Context(), "models", "--log-file", file); code != 0 {
		t.Fatal(errs)
	}
	info, err := os.Stat(file)
	if err != nil || info.Mode().Perm()&0o077 != 0 && os.PathSeparator == '/' {
		t.Errorf("%v, %v", info, err)
	}
}
