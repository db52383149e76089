package mask

import "strings"

// Words that masks leave alone, or that decide what a property holds. They are read only.
var (
	// particles belong to names and are nobody's.
	particles = set("van von vom zu zur der den de del della di da do dos das du la le les el al bin ibn bint ben ter ten und y e st san santa o af av")
	// suffixes are titles and what stands behind a name.
	suffixes = set("mr mrs ms miss mx dr prof sir dame herr frau hr fr mme mlle sr sra srta dott ing dipl jr snr ii iii iv phd md mba msc bsc esq")
	// legalForms are written without dots and slashes.
	legalForms = set(`inc incorporated corp corporation co company llc llp lp ltd limited plc gmbh ag kg kgaa ug ohg gbr ev eg se mbh sa sas sarl sàrl srl spa sl slu nv bv vof
		ab as asa aps oy oyj oü uab sia doo dd sro zrt kft rt sp zoo oo pty pte pvt sdn bhd kk co,ltd jsc ooo oao pao sociedad group holding holdings gruppe &`)
	// streetWords are what streets and parts of addresses are called.
	streetWords = set(`street st str strasse straße road rd avenue av ave boulevard blvd lane ln drive dr way court ct square sq place pl platz weg allee gasse ring ufer damm
		rue via viale piazza calle avenida plaza rua praça straat laan plein kade väg vägen gata gatan vej gade katu tie ulica ul aleja po box postfach suite unit apt
		apartment floor room building house flat block no nr north south east west km`)
	// urlWords are parts of addresses on the web that say nothing of anybody.
	urlWords = set(`www http https ftp in company companies people user users profile profiles blog news en de fr es it us uk contact about pricing product products demo
		docs help support shop store home index html htm php aspx search page pages category login signup careers jobs events event webinar download downloads pdf jpg png
		utm source medium campaign content term`)
	// rolesOfMail are local parts that are nobody's own.
	rolesOfMail = set("info sales support contact hello office admin mail service team billing accounts marketing press jobs hr noreply no reply donotreply webmaster postmaster kontakt vertrieb")
	// freeMail are providers whose addresses say nothing of where somebody works.
	freeMail = set(`gmail.com googlemail.com outlook.com hotmail.com live.com msn.com yahoo.com yahoo.co.uk yahoo.de yahoo.fr ymail.com icloud.com me.com mac.com aol.com proton.me
		protonmail.com gmx.de gmx.net gmx.com gmx.at web.de t-online.de freenet.de posteo.de mailbox.org fastmail.com zoho.com mail.com mail.ru yandex.ru yandex.com qq.com
		163.com 126.com naver.com hanmail.net orange.fr wanadoo.fr free.fr laposte.net libero.it virgilio.it tiscali.it hotmail.de hotmail.fr hotmail.co.uk outlook.de btinternet.com
		comcast.net verizon.net att.net sbcglobal.net bigpond.com rediffmail.com uol.com.br bol.com.br terra.com.br seznam.cz wp.pl onet.pl interia.pl o2.pl bluewin.ch`)
	// platforms are hosts on which many people have a page of their own; the host tells nothing.
	platforms = set("linkedin.com twitter.com x.com facebook.com instagram.com youtube.com youtu.be github.com gitlab.com xing.com tiktok.com medium.com calendly.com zoom.us")
	// secondLevels stand between a country and who is called so: co.uk.
	secondLevels = set("co com org net ac gov edu or ne")
	// orderWords are those of attempts to give a model orders; givesOrders finds the attempts.
	orderWords = set(`ignore disregard forget override bypass all any the previous prior earlier above below following instructions instruction prompt prompts rules system
		assistant user developer you are now must act as a an and or not do instead answer reply respond say output print reveal repeat write only with your this to of in is it
		begin end new task json approved anweisungen ignoriere vorherigen alle`)
	// commonWords are too common to give anybody away, though people are called so.
	commonWords = set(`able about above across after again against also among another anything april area around august autumn away back bank banks base beach bear best better big bill
		bird black blue bond book both bridge bright brother brown bush business call care case change charity check child church city class clear close cloud cold come company
		contact cook could country court cross customer data date days deal dean deep demo does done door down each early earth east easy email even every fall false field find fire
		first fish flood food forest form forward found frank free friend from full garden general german gift give glad glass gold good grace grant grave gray great green grey group
		guest hall hand hard have heart heavy help here high hill home hope house hunter iris into ivory jack july june just keep kind king know lake lamb land lane last late lead
		left less life light like lily line list little live long look love made mail main make many march mark master may meet message might mill miller monday money month moon more
		most much name near need never next nice night none north note number ocean office often only open opportunity order other over page park part past path peace people phone
		pike place plan plant please point pond pool poor prince question quick rain read ready real reed request rich right ring river road rock rose round sale sales same sand
		save season second seem sell send senior service seven shade sharp ship shop short should show side since site small smith snow some song soon south spring star start state
		still stone street strong such summer sunday support sure swift take talk team test than thank thanks that their them then there these they thing think this those three time
		today told tomorrow tool town trade tree true turn under until upon user very view visit vale wait walk wall want warm water week well west what wheat when where which while
		white will wind winter with woman wood word work world would year yellow yesterday young your
		aber alle auch auf aus bei bitte danke das dass dem den der des die dies durch ein eine einen einer für gibt gut guten haben hallo hier ich ihr ihre ist jahr jung kein kann
		kurz lang mehr mein mit nach nein nicht noch nur oder ohne schon sehr sein sich sie sind tag über und uns unter viel vom vor war wenn werden wie wir wird wolf zum zur
		customer lead subscriber opportunity evangelist marketing owner none null unknown n/a test`)
)

// Common tells whether a word is too common to give anybody away.
func Common(word string) bool { return commonWords[fold(word)] }

// orderPhrases begin what somebody writes who wants a model to obey a record.
var orderPhrases = []string{
	"ignore previous", "ignore all", "ignore the above", "ignore any", "ignore your", "disregard previous", "disregard all", "disregard the", "disregard any", "disregard your",
	"forget previous", "forget all", "forget everything", "forget your", "override your", "previous instructions", "prior instructions", "above instructions", "system prompt",
	"system:", "assistant:", "you are now", "act as ", "pretend to be", "jailbreak", "developer mode", "new instructions", "reveal your", "repeat your", "ignoriere alle",
	"ignoriere die", "vergiss alle", "ignorez les", "ignora las", "ignora le",
}

// givesOrders tells whether a text looks as if it wanted a model to obey it.
func givesOrders(s string) bool {
	if len(s) < 8 {
		return false
	}
	if len(s) > 1<<16 {
		s = s[:1<<16] // further on nobody looks
	}
	s = strings.ToLower(s)
	for _, phrase := range orderPhrases {
		if strings.Contains(s, phrase) {
			return true
		}
	}
	return false
}

// GivesOrders tells whether a text looks like an attempt to give a model orders ("ignore previous instructions").
func GivesOrders(s string) bool { return givesOrders(s) }
