package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"askflow/internal/assistant"
	"askflow/internal/openaisim"
)

// From connecting a key to replaying without it: what a user with a key does, in each protocol.
func TestLiveFromConnectToReplay(t *testing.T) {
	t.Parallel()
	for _, protocol := range liveProtocols() {
		for _, store := range []string{"keyring", "file", "environment"} {
			t.Run(string(protocol)+"/"+store, func(t *testing.T) {
				t.Parallel()
				server, err := openaisim.Serve("127.0.0.1:0", simulator(t, goodRules, protocol))
				if err != nil {
					t.Fatal(err)
				}
				o := newOffice(t, server.URL, protocol)
				key := liveKey + "\n"
				if store == "environment" {
					o.env["OPENAI_API_KEY"] = liveKey
				}
				o.run(key, "account", "connect", "--store", store).must(0, "Connected.", "")
				o.run("", "account", "show").must(0, "sk-proj-…baqz", "")
				o.run("", "models", "list").must(0, "gpt-6-luna", "")
				o.run("", "assistants", "list").must(0, "asst_grader", "")
				live := o.run("", "run", "grade", "--answers", "live", "--max-cost", "1", "--clock", "x100", "-o", "json").must(0, "", "Expected 4 asks").results()
				live.answered(t, 4)
				o.recordAndReplay(protocol, server, live)
			})
		}
	}
}

// recordAndReplay records, takes server and key away, and replays.
func (o *office) recordAndReplay(protocol assistant.Protocol, server *openaisim.Server, live *liveRun) {
	t := o.t
	t.Helper()
	if protocol == assistant.Assistants {
		o.run("", "run", "grade", "--answers", "record").must(2, "", "does not go with the assistants protocol")
		if err := server.Close(); err != nil {
			t.Error(err)
		}
		return
	}
	recorded := o.run("", "run", "grade", "--answers", "record", "--max-cost", "1", "-o", "json").must(0, "", "").results()
	if diff := cmp.Diff(live.Results, recorded.Results); diff != "" {
		t.Errorf("recorded answers are not the live ones:\n%s", diff)
	}
	file := filepath.Join(o.portal, "recordings", "grade.jsonl")
	before, err := os.ReadFile(file)
	if err != nil || strings.Count(string(before), "\n") != 4 {
		t.Fatalf("%v\n%s", err, before)
	}
	o.run("", "run", "grade", "--answers", "record", "--concurrency", "64", "--max-cost", "1").must(0, "", "")
	if after, err := os.ReadFile(file); err != nil || string(after) != string(before) {
		t.Errorf("recording again under another concurrency changed the file: %v", err)
	}
	if err := server.Close(); err != nil {
		t.Error(err)
	}
	o.run("", "account", "uninstall").must(0, "", "")
	delete(o.env, "OPENAI_API_KEY")
	delete(o.env, "OPENAI_BASE_URL")
	first := o.run("", "run", "grade", "--answers", "replay", "-o", "json", "--concurrency", "1").must(0, "", "")
	if diff := cmp.Diff(live.Results, first.results().Results); diff != "" {
		t.Errorf("replayed answers are not the live ones:\n%s", diff)
	}
	if again := o.run("", "run", "grade", "--answers", "replay", "-o", "json", "--concurrency", "64").must(0, "", ""); again.out != first.out {
		t.Errorf("two replays differ:\n%s", cmp.Diff(first.out, again.out))
	}
	o.run("", "run", "grade", "--answers", "live").must(3, "", "account connect")
}
