package askflow_test

import (
	"bytes"
	"context"
	"flag"
	"os"
	"regexp"
	"strings"
	"testing"

	"askflow/internal/cli"
)

var update = flag.Bool("update", false, "write the README's transcripts anew")

var transcript = regexp.MustCompile("(?s)<!-- transcript: ([^\n]*) -->\n```console\n(.*?)```")

// The README shows what the program prints, not what somebody remembers.
func TestReadmeTranscriptsAreReal(t *testing.T) {
	home := t.TempDir()
	t.Setenv("HOME", home)
	t.Setenv("XDG_CACHE_HOME", "")
	text, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	found := transcript.FindAllSubmatch(text, -1)
	if len(found) == 0 {
		t.Fatal("the README has no transcript")
	}
	for _, m := range found {
		command, shown := string(m[1]), m[2]
		var out, errs bytes.Buffer
		if code := cli.New(strings.NewReader(""), &out, &errs).Run(context.Background(), strings.Fields(command)); code != 0 {
			t.Fatalf("emulator %s: exit code %d\n%s", command, code, &errs)
		}
		want := []byte("$ emulator " + command + "\n" + out.String())
		if bytes.Equal(shown, want) {
			continue
		}
		if !*update {
			t.Errorf("the transcript of `emulator %s` is stale; run: go test . -run Readme -update", command)
			continue
		}
		text = bytes.Replace(text, m[0], bytes.Replace(m[0], append([]byte("```console\n"), shown...), append([]byte("```console\n"), want...), 1), 1)
		if err := os.WriteFile("README.md", text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}
