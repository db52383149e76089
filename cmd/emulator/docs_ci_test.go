package main

import (
	"encoding/json"
	"encoding/xml"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"askflow/internal/assistant"
	"askflow/internal/openaisim"
	"askflow/internal/source"
)

// ciElsewhere are the commands of docs/ci.md that a test cannot try: they fetch, install, or upload.
func ciElsewhere() []string {
	return []string{
		"make -C tools/askflow install",
		"git clone --depth 1 --branch main https://gitlab.com/your-team/askflow.git tools/askflow",
		`curl --fail --request POST --header "PRIVATE-TOKEN: $REPORT_TOKEN" --data-urlencode body@report.md "$CI_API_V4_URL/projects/$CI_PROJECT_ID/merge_requests/$CI_MERGE_REQUEST_IID/notes"`,
	}
}

// ciFile is a file of docs/ci.md: what its jobs run, in order.
type ciFile struct {
	name string
	jobs [][]string
}

var (
	ciBlock   = regexp.MustCompile("(?ms)^```(yaml|groovy)\n(?:#|//) ([^ \n:]+).*?\n(.*?)^```$")
	jenkinsSh = regexp.MustCompile(`(?m)^sh '([^']+)'$`)
)

// ciFiles reads the files of docs/ci.md. Every one must parse.
func ciFiles(t *testing.T) []ciFile {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", "ci.md"))
	if err != nil {
		t.Fatal(err)
	}
	blocks := ciBlock.FindAllSubmatch(text, -1)
	if fences := strings.Count(string(text), "\n```"); fences != 2*len(blocks) {
		t.Fatalf("docs/ci.md has %d fences and %d files: each block begins with a comment that names its file", fences, len(blocks))
	}
	var out []ciFile
	for _, m := range blocks {
		f := ciFile{name: string(m[2])}
		if string(m[1]) == "groovy" {
			for _, sh := range jenkinsSh.FindAllSubmatch(m[3], -1) {
				f.jobs = append(f.jobs, []string{string(sh[1])})
			}
			out = append(out, f)
			continue
		}
		root, problems := source.ParseYAML(f.name, m[3])
		if len(problems) > 0 {
			t.Fatal(problems)
		}
		if jobs := root.Get("jobs"); jobs != nil {
			for _, job := range jobs.Members {
				f.jobs = append(f.jobs, githubSteps(job.Value))
			}
		} else {
			for _, job := range root.Members {
				if script := job.Value.Get("script"); script != nil {
					f.jobs = append(f.jobs, append(scriptLines(job.Value.Get("before_script")), scriptLines(script)...))
				}
			}
		}
		out = append(out, f)
	}
	return out
}

// githubSteps are the commands of a job's steps.
func githubSteps(job *source.Node) []string {
	var out []string
	for _, step := range job.Get("steps").Items {
		if run := step.Get("run"); run != nil {
			out = append(out, run.Text)
		}
	}
	return out
}

func scriptLines(list *source.Node) []string {
	var out []string
	if list != nil {
		for _, it := range list.Items {
			out = append(out, it.Text)
		}
	}
	return out
}

// agent is a machine of a CI system: a portal, a home, the program in its PATH.
type agent struct {
	t       *testing.T
	dir     string
	summary string // the file of the job's summary
	env     []string
}

func newAgent(t *testing.T) *agent {
	t.Helper()
	if _, err := exec.LookPath("sh"); err != nil {
		t.Skip("the examples are written for a POSIX shell, and this machine has no sh")
	}
	home := t.TempDir()
	bin := filepath.Join(home, "bin")
	program, err := os.Executable() // it acts as the program when it is called so: see TestMain
	if err == nil {
		err = os.Mkdir(bin, 0o755)
	}
	if err == nil {
		err = os.Symlink(program, filepath.Join(bin, "emulator"))
	}
	if err != nil {
		t.Fatal(err)
	}
	server, err := openaisim.Serve("127.0.0.1:0", simulator(t, ciRules, assistant.Responses))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Close() }) // it was only asked
	summary := filepath.Join(home, "summary.md")
	return &agent{t: t, dir: demoCopy(t), summary: summary, env: []string{"PATH=" + bin + string(os.PathListSeparator) + os.Getenv("PATH"), "HOME=" + home, "TMPDIR=" + t.TempDir(), "GORACE=atexit_sleep_ms=0",
		"ASKFLOW_KEYRING=off", "OPENAI_BASE_URL=" + server.URL, "OPENAI_API_KEY=" + liveKey, "GITHUB_STEP_SUMMARY=" + summary}}
}

// ciRules answer what the nightly job asks.
const ciRules = `
- reply: |-
    Quality manager at a fish trader, who wants to see every reading of the cold store.
    Happy with door alarms, which saved about a tenth of the energy in one hall.
    We owe an answer on the certificates by 13 November, in one file for all sensors.
    They owe the signature under the offer for the sensors of the new blast freezer.
    Next: call before the audit on 2 December and settle the certificates.
  usage: {input_tokens: 300, output_tokens: 120}
`

// run runs commands as a job does: one shell, which ends at the first that fails.
func (a *agent) run(script string) {
	a.t.Helper()
	cmd := exec.CommandContext(a.t.Context(), "sh", "-e", "-c", script)
	cmd.Dir, cmd.Env = a.dir, a.env
	out, err := cmd.CombinedOutput()
	mustHideLiveKey(a.t, script, string(out))
	if err != nil {
		a.t.Fatalf("%s\n%v\n%s", script, err, out)
	}
}

func (a *agent) read(name string) []byte {
	a.t.Helper()
	data, err := os.ReadFile(filepath.Join(a.dir, name))
	if err != nil {
		a.t.Fatal(err)
	}
	mustHideLiveKey(a.t, name, string(data))
	return data
}

// TestCIExamples runs every command of docs/ci.md as it is written, in a fresh copy of the demo portal: twice, since the
// second time there is a baseline.
func TestCIExamples(t *testing.T) {
	t.Parallel()
	elsewhere := map[string]int{}
	for _, line := range ciElsewhere() {
		elsewhere[line] = 0
	}
	tried := map[string]int{}
	for _, f := range ciFiles(t) {
		a := newAgent(t)
		for range 2 {
			for _, job := range f.jobs {
				var script []string
				for _, command := range job {
					if _, skipped := elsewhere[command]; skipped {
						elsewhere[command]++
						continue
					}
					script = append(script, command)
				}
				a.run(strings.Join(script, "\n"))
			}
		}
		for _, job := range f.jobs {
			tried[f.name] += len(job)
		}
		a.checkReports(f)
	}
	for line, n := range elsewhere {
		if n == 0 {
			t.Errorf("no file of docs/ci.md has the command %s any more", line)
		}
	}
	want := []string{".github/workflows/prompt-tests-live.yml", ".github/workflows/prompt-tests.yml", ".gitlab-ci.yml", "Jenkinsfile"}
	for _, name := range want {
		if tried[name] == 0 {
			t.Errorf("nothing was tried of %s", name)
		}
	}
	if len(tried) != len(want) {
		t.Errorf("docs/ci.md has the files %v", tried)
	}
}

// checkReports looks at what the commands of a file have written.
func (a *agent) checkReports(f ciFile) {
	a.t.Helper()
	commands := strings.Join(slices.Concat(f.jobs...), "\n")
	reports := regexp.MustCompile(`--report (json|junit|markdown|html)=(\S+)`).FindAllStringSubmatch(commands, -1)
	if len(reports) == 0 {
		a.t.Errorf("%s writes no report", f.name)
	}
	for _, r := range reports {
		a.checkReport(r[1], r[2], strings.Contains(commands, "--baseline") && r[2] == "report.json")
	}
	if strings.Contains(commands, "GITHUB_STEP_SUMMARY") {
		if data, err := os.ReadFile(a.summary); err != nil || !strings.Contains(string(data), "### ✅") {
			a.t.Errorf("%s wrote no summary: %v\n%s", f.name, err, data)
		}
	}
}

// checkReport looks at one report; with a baseline it says that nothing has changed.
func (a *agent) checkReport(format, file string, baseline bool) {
	a.t.Helper()
	data := a.read(file)
	switch format {
	case "json":
		var doc struct {
			Report struct {
				Passed   bool
				Baseline *struct{ Same, Regressed int }
			}
		}
		if err := json.Unmarshal(data, &doc); err != nil || !doc.Report.Passed {
			a.t.Errorf("%s: %v", file, err)
		}
		if b := doc.Report.Baseline; baseline && (b == nil || b.Same < 100 || b.Regressed > 0) {
			a.t.Errorf("%s: the second run was not held against the first: %+v", file, b)
		}
	case "junit":
		var doc struct {
			XMLName xml.Name `xml:"testsuites"`
			Tests   int      `xml:"tests,attr"`
		}
		if err := xml.Unmarshal(data, &doc); err != nil || doc.Tests == 0 {
			a.t.Errorf("%s: %v, %d tests", file, err, doc.Tests)
		}
	default:
		if len(data) < 100 {
			a.t.Errorf("%s has %d bytes", file, len(data))
		}
	}
}

// TestReadmePromptTests tries the README's section on prompt tests: its example is a test that passes, and its commands run.
func TestReadmePromptTests(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(filepath.Join("..", "..", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(text), "\n## Prompt tests\n")
	section, _, _ = strings.Cut(section, "\n## ")
	_, example, _ := strings.Cut(section, "```yaml\n# tests/grades.yaml\n")
	example, _, found := strings.Cut(example, "```")
	_, commands, also := strings.Cut(section, "```sh\n")
	commands, _, _ = strings.Cut(commands, "```")
	if !found || !also {
		t.Fatal("the README has no section on prompt tests, with an example and commands")
	}
	a := newAgent(t)
	writeInto(t, a.dir, "tests/grades.yaml", example)
	tried := 0
	for _, line := range strings.Split(strings.TrimSpace(commands), "\n") {
		if strings.Contains(line, "--watch") {
			continue // it does not end by itself
		}
		tried++
		a.run(strings.ReplaceAll(line, " --demo", ""))
	}
	if tried < 4 || !strings.Contains(string(a.read("junit.xml")), "grades") {
		t.Errorf("%d commands were tried, and the example was not among what ran:\n%s", tried, commands)
	}
}
