package hubspot

import "strings"

// defaultOptions are the choices of a default enumeration. None means that any value is taken: owners, teams, and lists
// that every portal makes for itself.
func defaultOptions(objectType, name string) []Option {
	switch objectType + "." + name {
	case "contact.lifecyclestage", "company.lifecyclestage":
		return options("Subscriber=subscriber; Lead=lead; Marketing Qualified Lead=marketingqualifiedlead; Sales Qualified Lead=salesqualifiedlead; " +
			"Opportunity=opportunity; Customer=customer; Evangelist=evangelist; Other=other")
	case "contact.hs_lead_status", "company.hs_lead_status":
		return options("New=NEW; Open=OPEN; In Progress=IN_PROGRESS; Open Deal=OPEN_DEAL; Unqualified=UNQUALIFIED; " +
			"Attempted to Contact=ATTEMPTED_TO_CONTACT; Connected=CONNECTED; Bad Timing=BAD_TIMING")
	case "contact.numemployees":
		return options("1-5=1-5; 5-25=5-25; 25-50=25-50; 50-100=50-100; 100-500=100-500; 500-1000=500-1000; 1000+=1000+")
	case "contact.hs_buying_role":
		return options("Blocker=BLOCKER; Budget Holder=BUDGET_HOLDER; Champion=CHAMPION; Decision Maker=DECISION_MAKER; End User=END_USER; " +
			"Executive Sponsor=EXECUTIVE_SPONSOR; Influencer=INFLUENCER; Legal & Compliance=LEGAL_AND_COMPLIANCE; Other=OTHER")
	case "contact.hs_marketable_status":
		return options("Marketing contact=true; Non-marketing contact=false")
	case "contact.hs_analytics_source", "company.hs_analytics_source", "deal.hs_analytics_source",
		"contact.hs_latest_source", "company.hs_latest_source", "deal.hs_analytics_latest_source":
		return options("Organic Search=ORGANIC_SEARCH; Paid Search=PAID_SEARCH; Email Marketing=EMAIL_MARKETING; Organic Social=SOCIAL_MEDIA; " +
			"Referrals=REFERRALS; Other Campaigns=OTHER_CAMPAIGNS; Direct Traffic=DIRECT_TRAFFIC; Offline Sources=OFFLINE; " +
			"Paid Social=PAID_SOCIAL; AI Referrals=AI_REFERRALS")
	case "company.industry":
		return industryOptions()
	case "company.type":
		return options("Prospect=PROSPECT; Partner=PARTNER; Reseller=RESELLER; Vendor=VENDOR; Other=OTHER")
	case "company.hs_target_account", "company.hs_ideal_customer_profile":
		return options("Tier 1=tier_1; Tier 2=tier_2; Tier 3=tier_3")
	case "deal.dealstage":
		return options("Appointment Scheduled=appointmentscheduled; Qualified To Buy=qualifiedtobuy; Presentation Scheduled=presentationscheduled; " +
			"Decision Maker Bought-In=decisionmakerboughtin; Contract Sent=contractsent; Closed Won=closedwon; Closed Lost=closedlost")
	case "deal.pipeline":
		return options("Sales Pipeline=default")
	case "deal.dealtype":
		return options("New Business=newbusiness; Existing Business=existingbusiness")
	case "deal.hs_priority":
		return options("Low=low; Medium=medium; High=high")
	case "deal.hs_manual_forecast_category":
		return options("Not forecasted=OMIT; Pipeline=PIPELINE; Best case=BEST_CASE; Commit=COMMIT; Closed won=CLOSED")
	default:
		return serviceOptions(objectType, name)
	}
}

func serviceOptions(objectType, name string) []Option {
	switch objectType + "." + name {
	case "ticket.hs_pipeline":
		return options("Support Pipeline=0")
	case "ticket.hs_pipeline_stage":
		return options("New=1; Waiting on contact=2; Waiting on us=3; Closed=4")
	case "ticket.hs_ticket_priority":
		return options("Low=LOW; Medium=MEDIUM; High=HIGH; Urgent=URGENT")
	case "ticket.hs_ticket_category":
		return options("Product Issue=PRODUCT_ISSUE; Billing Issue=BILLING_ISSUE; Feature Request=FEATURE_REQUEST; General Inquiry=GENERAL_INQUIRY")
	case "ticket.source_type":
		return options("Chat=CHAT; Email=EMAIL; Form=FORM; Phone=PHONE")
	case "task.hs_task_status":
		return options("Not started=NOT_STARTED; In progress=IN_PROGRESS; Waiting=WAITING; Completed=COMPLETED; Deferred=DEFERRED")
	case "task.hs_task_priority":
		return options("None=NONE; Low=LOW; Medium=MEDIUM; High=HIGH")
	case "task.hs_task_type":
		return options("To-do=TODO; Call=CALL; Email=EMAIL")
	case "call.hs_call_direction":
		return options("Inbound=INBOUND; Outbound=OUTBOUND")
	}
	return nil
}

// options reads "Label=value; …". The last "=" divides.
func options(list string) []Option {
	parts := strings.Split(list, ";")
	out := make([]Option, 0, len(parts))
	for _, part := range parts {
		part = strings.TrimSpace(part)
		if i := strings.LastIndexByte(part, '='); i > 0 {
			out = append(out, Option{Label: part[:i], Value: part[i+1:]})
		}
	}
	return out
}

// industryOptions are the industries of companies. Their internal values follow from their labels: upper case, and an
// underscore for everything between two words.
func industryOptions() []Option {
	var out []Option
	for _, label := range strings.Split(strings.ReplaceAll(industries, "\n", ""), ";") {
		if label = strings.TrimSpace(label); label == "" {
			continue
		}
		words := strings.FieldsFunc(label, func(r rune) bool { return (r < 'A' || r > 'Z') && (r < 'a' || r > 'z') && (r < '0' || r > '9') })
		out = append(out, Option{Label: label, Value: strings.ToUpper(strings.Join(words, "_"))})
	}
	return out
}

const industries = `Accounting; Airlines/Aviation; Alternative Dispute Resolution; Alternative Medicine; Animation; Apparel & Fashion;
Architecture & Planning; Arts and Crafts; Automotive; Aviation & Aerospace; Banking; Biotechnology; Broadcast Media; Building Materials;
Business Supplies and Equipment; Capital Markets; Chemicals; Civic & Social Organization; Civil Engineering; Commercial Real Estate;
Computer & Network Security; Computer Games; Computer Hardware; Computer Networking; Computer Software; Internet; Construction;
Consumer Electronics; Consumer Goods; Consumer Services; Cosmetics; Dairy; Defense & Space; Design; Education Management; E-Learning;
Electrical/Electronic Manufacturing; Entertainment; Environmental Services; Events Services; Executive Office; Facilities Services;
Farming; Financial Services; Fine Art; Fishery; Food & Beverages; Food Production; Fund-Raising; Furniture; Gambling & Casinos;
Glass, Ceramics & Concrete; Government Administration; Government Relations; Graphic Design; Health, Wellness and Fitness;
Higher Education; Hospital & Health Care; Hospitality; Human Resources; Import and Export; Individual & Family Services;
Industrial Automation; Information Services; Information Technology and Services; Insurance; International Affairs;
International Trade and Development; Investment Banking; Investment Management; Judiciary; Law Enforcement; Law Practice; Legal Services;
Legislative Office; Leisure, Travel & Tourism; Libraries; Logistics and Supply Chain; Luxury Goods & Jewelry; Machinery;
Management Consulting; Maritime; Market Research; Marketing and Advertising; Mechanical or Industrial Engineering; Media Production;
Medical Devices; Medical Practice; Mental Health Care; Military; Mining & Metals; Motion Pictures and Film; Museums and Institutions;
Music; Nanotechnology; Newspapers; Non-Profit Organization Management; Oil & Energy; Online Media; Outsourcing/Offshoring;
Package/Freight Delivery; Packaging and Containers; Paper & Forest Products; Performing Arts; Pharmaceuticals; Philanthropy; Photography;
Plastics; Political Organization; Primary/Secondary Education; Printing; Professional Training & Coaching; Program Development;
Public Policy; Public Relations and Communications; Public Safety; Publishing; Railroad Manufacture; Ranching; Real Estate;
Recreational Facilities and Services; Religious Institutions; Renewables & Environment; Research; Restaurants; Retail;
Security and Investigations; Semiconductors; Shipbuilding; Sporting Goods; Sports; Staffing and Recruiting; Supermarkets;
Telecommunications; Textiles; Think Tanks; Tobacco; Translation and Localization; Transportation/Trucking/Railroad; Utilities;
Venture Capital & Private Equity; Veterinary; Warehousing; Wholesale; Wine and Spirits; Wireless; Writing and Editing;
Mobile Games; Real Estate Development`
