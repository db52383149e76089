package tui_test

import (
	"strings"
	"testing"
)

// 12. A task is read, and the step that made it is one key away; so is its record.
func TestJourneyFromATaskToItsStep(t *testing.T) {
	t.Parallel()
	sizes(t, true, func(t *testing.T, width, height int) {
		v := newMachine(t, nil).sit(width, height)
		v.Press("5").Reads("Nobody got anything yet").Press("1", "j", "r").ended("r1").Press("5").See("☐ task", "Dana Whitfield")
		v.Press("/").Type("Call Nora").Press("enter", "down").Reads("Call Nora Feldmann today", "About Nora Feldmann (contact 2001)").Press("right").seek("down", "They wrote:").Press("left")
		v.Press("enter").See("[4 Runs]", "[Effects]").Reads("Create task", "Call Nora Feldmann today", "Nora Feldmann contact 2001")
		v.Press("5", "s").See("[3 Records]", "Nora Feldmann")
	})
}

// 13. Why a record did not enroll: in Records for every workflow, and in the run.
func TestJourneyToWhyARecordDidNotEnroll(t *testing.T) {
	t.Parallel()
	sizes(t, false, func(t *testing.T, width, height int) {
		v := newMachine(t, nil).sit(width, height)
		v.Press("3").See("255 contacts", "▌ 1001").Press("]").See("[Would it enroll?]").Reads("✗ Sales email draft: would not enroll", "outreach_topic has no value", "✓ hubspot_owner_id is")
		v.Press("1", "j", "r").ended("r1").Press("a", "/").Type("1001").Press("enter").See("1 found").Reads("not enrolled")
		v.Press("enter").Reads("Inês Carvalho contact 1001 ○ not enrolled", "hs_lead_status is")
	})
}

// 15. Live answers need an account: the workflow says so, leads there and back, and then runs.
func TestJourneyToAnAccountFromAWorkflow(t *testing.T) {
	t.Parallel()
	sizes(t, false, func(t *testing.T, width, height int) {
		m := newMachine(t, nil)
		m.openAI(keysThatWork())
		m.asOpenAI()
		m.change("portal.yaml", "answers: scripted", "answers: live")
		v := m.sit(width, height)
		v.Reads("live").Press("j", "enter").Reads("live answers need an OpenAI account").Press("c").See("[6 Account]")
		v.Type("keyring").Press("enter").Paste(canaryKey).Press("enter").WaitFor("[1 Workflows]").Until("the workflow needs no account any more", func() bool { return !strings.Contains(v.Screen(), "need an OpenAI account") })
		v.Press("r").ended("r1").See("[4 Runs]", " completed in", "B: a fine lead")
		m.noKey()
	})
}
