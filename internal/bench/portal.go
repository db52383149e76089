package main

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// The portal of the benchmark: ask, branch, set property, task, notification.
var portalFiles = map[string]string{
	"portal.yaml": `id: 1
name: Bench
time_zone: UTC
subscriptions: [sales-hub-enterprise]
users:
  - {id: "11", owner_id: "9011", name: Mara Lind, email: mara@northwind.example}
`,
	"workflows/leads.yaml": `name: Leads
object: contact
enabled: true
enroll:
  when:
    - {message: known}
steps:
  - ask_openai_assistant:
      id: qualify
      assistant: lead-qualifier
      prompt: |
        Grade this lead A, B or C.
        Company: {{ enrolled_object.company }}
        Message: {{ enrolled_object.message }}
  - branch_on: {output: qualify.hs_execution_state}
    cases:
      SUCCESS:
        - set_property: {property: lead_grade, value: {output: qualify.response}}
        - create_task: {subject: "Call {{ enrolled_object.firstname }}", body: "{{ action_outputs.qualify.response }}", type: CALL, owner: "9011"}
        - notify: {users: ["11"], subject: "Lead {{ enrolled_object.firstname }}", body: "{{ action_outputs.qualify.response }}"}
    default: []
`,
	"assistants/lead-qualifier.yaml": `name: Lead qualifier
model: gpt-6-luna
temperature: 0.2
reasoning_effort: none
instructions: Grade leads by how likely they are to buy soon. Answer with one letter and a reason.
`,
	"records/properties.yaml": `contact:
  - {name: lead_grade, label: Lead grade, type: string}
`,
	"responses/leads.yaml": `- name: urgent
  when: {assistant: lead-qualifier, prompt: {contains: "urgent"}}
  reply: "A: they need it now, for the whole team, and name a budget"
- name: anything else
  when: {assistant: lead-qualifier}
  reply: "B: curious and polite, but there is no date and no budget yet"
`,
}

func writePortal(dir string) error {
	for name, text := range portalFiles {
		if err := writeFile(filepath.Join(dir, "portal", filepath.FromSlash(name)), text); err != nil {
			return err
		}
	}
	return nil
}

// writeFile writes a file into a folder that is made for it.
func writeFile(path, text string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return os.WriteFile(path, []byte(text), 0o644)
}

// writeRecords makes an export of n leads.
func writeRecords(path string, n int) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	w := bufio.NewWriter(f)
	_, _ = fmt.Fprintln(w, "Record ID,First Name,Last Name,Email,Company Name,Message")
	for i := range n {
		need := "a"
		if i%3 == 0 {
			need = "an urgent"
		}
		_, _ = fmt.Fprintf(w, "%d,Ada%d,Byron,ada%d@northwind.example,\"Northwind, branch %d\",\"We are looking for %s solution for %d seats; please call us back about prices, onboarding and support in our region.\"\n",
			100_000+i, i, i, i%97, need, i%50)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	return f.Close()
}

func median(times []time.Duration) time.Duration {
	slices.Sort(times)
	return times[len(times)/2]
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
