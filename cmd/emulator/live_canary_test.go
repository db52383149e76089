package main

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"askflow/internal/assistant"
	"askflow/internal/cli"
)

// everyCommand lists the command lines of the whole tree: each command bare and with every argument that some command
// takes, so that a command that is added later is among them without anybody thinking of it.
func everyCommand() [][]string {
	var out [][]string
	var walk func(cmd *cobra.Command, path []string)
	walk = func(cmd *cobra.Command, path []string) {
		for _, sub := range cmd.Commands() {
			walk(sub, append(slices.Clone(path), sub.Name()))
		}
		if !cmd.Runnable() || len(path) == 0 {
			return
		}
		if cmd.Name() == "init" { // it makes folders of whatever name it is given
			out = append(out, path, append(slices.Clone(path), "{home}/new"))
			return
		}
		for _, args := range [][]string{nil, {"grade"}, {"last"}, {"asst_grader"}, {"contact", "101"}, {"last", "last"}, {"{portal}/workflows/grade.yaml"}} {
			line := append(slices.Clone(path), args...)
			if cmd.Flags().Lookup("to") != nil {
				line = append(line, "--to", "json")
			}
			out = append(out, line)
			if cmd.Flags().Lookup("answers") == nil {
				continue
			}
			for _, answers := range []string{"live", "record", "replay"} {
				if slices.Equal(args, []string{"grade"}) {
					out = append(out, append(slices.Clone(line), "--answers", answers))
				}
			}
		}
		if cmd.Flags().Lookup("check") != nil {
			out = append(out, append(slices.Clone(path), "--check"))
		}
		if cmd.Flags().Lookup("retry-failed") != nil {
			out = append(out, append(slices.Clone(path), "--resume", "last"), append(slices.Clone(path), "--retry-failed", "last"))
		}
	}
	walk(cli.New(nil, nil, nil).Commands(), nil)
	return out
}

// forms are the ways to print that a command knows.
func formsOf(line []string) [][]string {
	cmd, _, err := cli.New(nil, nil, nil).Commands().Find(line)
	if err != nil || cmd.Flags().Lookup("output") == nil {
		return [][]string{nil}
	}
	return [][]string{{"-o", "text"}, {"-o", "json"}, {"-o", "jsonl"}}
}

// quoting answers with an error that quotes the key in every way that a careless server could.
func quoting(status int, code string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		auth := r.Header.Get("Authorization")
		key := strings.TrimPrefix(auth, "Bearer ")
		text := fmt.Sprintf("%s | %s | %s | %s | %s | %s", auth, key[len(key)/2:], key[len(key)-min(len(key), 12):],
			base64.StdEncoding.EncodeToString([]byte(auth)), base64.StdEncoding.EncodeToString([]byte(key)), hex.EncodeToString([]byte(key)))
		body, err := json.Marshal(map[string]any{"error": map[string]any{"message": text, "type": key, "param": key, "code": code}})
		if err != nil {
			w.WriteHeader(http.StatusInternalServerError)
			return
		}
		w.Header().Set("X-Request-Id", key)
		w.Header().Set("X-Should-Retry", "false") // nobody waits here
		w.Header().Set("Retry-After", key)
		w.Header().Set("Location", "https://evil.example/?key="+key)
		w.WriteHeader(status)
		_, _ = w.Write(body)
	}
}

// parroting answers questions with the key: a gateway that shows what it was sent, in answers that are good otherwise.
func parroting(w http.ResponseWriter, r *http.Request) {
	key := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
	say, err := json.Marshal(fmt.Sprintf("%s %s %s %s", key, key[len(key)-min(len(key), 12):], base64.StdEncoding.EncodeToString([]byte(key)), hex.EncodeToString([]byte(key))))
	if err != nil {
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("X-Request-Id", key)
	switch {
	case strings.HasSuffix(r.URL.Path, "/chat/completions"):
		_, _ = fmt.Fprintf(w, `{"id":%[1]s,"object":"chat.completion","created":1,"model":%[1]s,"choices":[{"index":0,"finish_reason":"stop","message":{"role":"assistant","content":%[1]s}}],"usage":{"prompt_tokens":5,"completion_tokens":5,"total_tokens":10}}`, say)
	case strings.HasSuffix(r.URL.Path, "/responses"):
		_, _ = fmt.Fprintf(w, `{"id":%[1]s,"object":"response","created_at":1,"status":"completed","model":%[1]s,"output":[{"type":"message","id":"m","role":"assistant","status":"completed","content":[{"type":"output_text","text":%[1]s,"annotations":[]}]}]}`, say)
	default:
		_, _ = fmt.Fprintf(w, `{"object":"list","data":[{"id":"gpt-6-luna","object":"model","created":1,"owned_by":%s}]}`, say)
	}
}

func hangUp(w http.ResponseWriter, _ *http.Request) {
	if c, _, err := http.NewResponseController(w).Hijack(); err == nil {
		_ = c.Close()
	}
}

// The key goes through every command of the program, in every form of output, in success and in every failure, from
// every place that can hold it. What is printed and what is written is searched after each.
func TestLiveKeyIsNowhere(t *testing.T) {
	t.Parallel()
	lines := everyCommand()
	if len(lines) < 60 || !slices.ContainsFunc(lines, func(l []string) bool { return slices.Equal(l, []string{"account", "connect"}) }) {
		t.Fatalf("the tree of commands holds %d command lines: %q", len(lines), lines)
	}
	situations := map[string]http.Handler{"good": nil, "parrot": http.HandlerFunc(parroting), "hangs up": http.HandlerFunc(hangUp), "redirects": quoting(307, ""),
		"401": quoting(401, "invalid_api_key"), "403": quoting(403, ""), "404": quoting(404, "model_not_found"), "429": quoting(429, "rate_limit_exceeded"),
		"no credit": quoting(429, "insufficient_quota"), "500": quoting(500, "")}
	for i, name := range slices.Sorted(maps.Keys(situations)) {
		protocols := liveProtocols()
		if !slices.Contains([]string{"good", "parrot", "401"}, name) { // the others take turns
			protocols = protocols[i%len(protocols):][:1]
		}
		for k, protocol := range protocols {
			t.Run(name+"/"+string(protocol), func(t *testing.T) {
				t.Parallel()
				f := newFront(t, protocol)
				o := newOffice(t, f.url, protocol)
				o.records(2)
				if (i+k)%2 == 0 {
					o.env["OPENAI_API_KEY"] = liveKey
				} else {
					o.run(liveKey+"\n", "account", "connect").must(0, "Connected.", "")
				}
				o.everything(f, situations[name], lines)
			})
		}
	}
}

// everything runs each command line.
func (o *office) everything(f *front, handler http.Handler, lines [][]string) {
	o.t.Helper()
	if handler != nil {
		good := f.handler
		f.serve(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodGet && r.Header.Get("Authorization") == "" {
				good.ServeHTTP(w, r)
				return
			}
			handler.ServeHTTP(w, r)
		}))
	}
	place := strings.NewReplacer("{home}", o.home, "{portal}", o.portal)
	for n, line := range lines {
		line = slices.Clone(line)
		for i := range line {
			line[i] = place.Replace(line[i])
		}
		if slices.Contains(line, "--answers") {
			line = append(line, "--clock", "x1000")
		}
		forms := formsOf(line)
		if handler != nil { // one after the other; when all is well, all of them
			forms = forms[n%len(forms):][:1]
		}
		for _, form := range forms {
			if r := o.run(liveKey+"\n", append(slices.Clone(line), form...)...); !slices.Contains([]int{0, 1, 2, 3, 4}, r.code) {
				o.t.Errorf("%q: exit code %d\n%s", r.args, r.code, r.err)
			}
		}
	}
	o.search()
}

// A key that was put where an argument belongs is refused and not repeated, by no command and no flag; nothing is done
// with it.
func TestLiveKeyAsArgument(t *testing.T) {
	t.Parallel()
	f := newFront(t, assistant.Responses)
	o := newOffice(t, f.url, assistant.Responses)
	refused := func(args ...string) {
		o.run("", args...).must(2, "", "an API key does not belong on the command line")
	}
	var walk func(cmd *cobra.Command, path []string)
	walk = func(cmd *cobra.Command, path []string) {
		for _, sub := range cmd.Commands() {
			walk(sub, append(slices.Clone(path), sub.Name()))
		}
		refused(append(slices.Clone(path), liveKey)...)
		refused(append(slices.Clone(path), "grade", liveKey)...)
		refused(append(slices.Clone(path), "--"+liveKey)...)
		cmd.Flags().VisitAll(func(flag *pflag.Flag) {
			refused(append(slices.Clone(path), "--"+flag.Name, liveKey)...)
			refused(append(slices.Clone(path), "--"+flag.Name+"="+liveKey)...)
			refused(append(slices.Clone(path), "--"+flag.Name+"=qualify="+liveKey)...)
		})
	}
	walk(cli.New(nil, nil, nil).Commands(), nil)
	f.mustHaveSeen(t, 0)
}
