package hubspot

// recordTable is what every record has. Labels of the two dates differ from those of createdate and lastmodifieddate,
// which contacts, companies, deals and tickets have of their own.
const recordTable = `
hs_object_id|n|r|Record ID
hubspot_owner_id|e||Owner
hubspot_team_id|e|r|HubSpot Team
hubspot_owner_assigneddate|t|r|Owner assigned date
hs_createdate|t|r|Object create date/time
hs_lastmodifieddate|t|r|Object last modified date/time
hs_created_by_user_id|n|r|Created by user ID
hs_updated_by_user_id|n|r|Updated by user ID
hs_merged_object_ids|e|rm|Merged record IDs
hs_object_source_label|e|r|Record source
hs_object_source_detail_1|s|r|Record source detail 1
hs_all_owner_ids|e|rm|All owner IDs
hs_all_team_ids|e|rm|All teams
hs_was_imported|b|r|Performed in an import
`

// activityTable is what the record's timeline leaves behind.
const activityTable = `
notes_last_contacted|t|r|Last Contacted
notes_last_updated|t|r|Last Activity Date
notes_next_activity_date|t|r|Next Activity Date
num_contacted_notes|n|r|Number of times contacted
num_notes|n|r|Number of Sales Activities
hs_sales_email_last_replied|t|r|Recent Sales Email Replied Date
`

// webTable is website analytics, the same for contacts and companies.
const webTable = `
hs_analytics_source|e||Original Traffic Source
hs_analytics_source_data_1|s|r|Original Traffic Source Drill-Down 1
hs_analytics_source_data_2|s|r|Original Traffic Source Drill-Down 2
hs_latest_source|e|r|Latest Traffic Source
hs_latest_source_data_1|s|r|Latest Traffic Source Drill-Down 1
hs_latest_source_data_2|s|r|Latest Traffic Source Drill-Down 2
hs_latest_source_timestamp|t|r|Latest Traffic Source Date
hs_analytics_first_timestamp|t|r|Time First Seen
hs_analytics_last_timestamp|t|r|Time Last Seen
hs_analytics_first_visit_timestamp|t|r|Time of First Session
hs_analytics_last_visit_timestamp|t|r|Time of Last Session
hs_analytics_num_page_views|n|r|Number of Pageviews
hs_analytics_num_visits|n|r|Number of Sessions
first_conversion_date|t|r|First Conversion Date
first_conversion_event_name|s|r|First Conversion
recent_conversion_date|t|r|Recent Conversion Date
recent_conversion_event_name|s|r|Recent Conversion
num_conversion_events|n|r|Number of Form Submissions
num_associated_deals|n|r|Number of Associated Deals
first_deal_created_date|t|r|First Deal Created Date
recent_deal_amount|n|r|Recent Deal Amount
recent_deal_close_date|t|r|Recent Deal Close Date
total_revenue|n|r|Total Revenue
`

const contactTable = `
email|s||Email
firstname|s||First Name
lastname|s||Last Name
salutation|s||Salutation
jobtitle|s||Job Title
company|s||Company Name
phone|p||Phone Number
mobilephone|p||Mobile Phone Number
fax|s||Fax Number
address|s||Street Address
city|s||City
state|s||State/Region
zip|s||Postal Code
country|s||Country/Region
hs_state_code|s||State/Region Code
hs_country_region_code|s||Country/Region Code
website|s||Website URL
hs_linkedin_url|s||LinkedIn URL
twitterhandle|s||Twitter Username
industry|s||Industry
numemployees|e||Number of Employees
annualrevenue|s||Annual Revenue
message|s||Message
lifecyclestage|e||Lifecycle Stage
hs_lead_status|e||Lead Status
hs_persona|e||Persona
hs_buying_role|e|m|Buying Role
hs_language|e||Preferred language
hs_timezone|e||Time Zone
hs_role|e||Employment Role
hs_seniority|e||Employment Seniority
job_function|s||Job function
seniority|s||Seniority
date_of_birth|s||Date of birth
gender|s||Gender
degree|s||Degree
field_of_study|s||Field of study
graduation_date|s||Graduation date
school|s||School
work_email|s||Work email
hs_additional_emails|e|m|Additional email addresses
hs_email_domain|s|r|Email Domain
hs_email_optout|b||Unsubscribed from all email
hs_email_bad_address|b|r|Invalid email address
hs_email_quarantined|b|r|Email Address Quarantined
hs_email_hard_bounce_reason_enum|e|r|Email hard bounce reason
hs_email_bounce|n|r|Marketing emails bounced
hs_email_delivered|n|r|Marketing emails delivered
hs_email_open|n|r|Marketing emails opened
hs_email_click|n|r|Marketing emails clicked
hs_email_replied|n|r|Marketing emails replied
hs_email_last_send_date|t|r|Last marketing email send date
hs_email_last_open_date|t|r|Last marketing email open date
hs_email_last_click_date|t|r|Last marketing email click date
hs_email_last_email_name|s|r|Last marketing email name
hs_sales_email_last_opened|t|r|Recent Sales Email Opened Date
hs_sales_email_last_clicked|t|r|Recent Sales Email Clicked Date
hs_marketable_status|e|r|Marketing contact status
hs_legal_basis|e|m|Legal basis for processing contact's data
hs_content_membership_status|e||Membership Status
hs_sequences_is_enrolled|b|r|Currently in Sequence
hubspotscore|n|r|HubSpot Score
hs_predictivecontactscore_v2|n|r|Likelihood to close
associatedcompanyid|n||Primary Associated Company ID
createdate|t|r|Create Date
lastmodifieddate|t|r|Last Modified Date
closedate|t||Close Date
days_to_close|n|r|Days To Close
hs_lifecyclestage_subscriber_date|t|r|Became a Subscriber Date
hs_lifecyclestage_lead_date|t|r|Became a Lead Date
hs_lifecyclestage_marketingqualifiedlead_date|t|r|Became a Marketing Qualified Lead Date
hs_lifecyclestage_salesqualifiedlead_date|t|r|Became a Sales Qualified Lead Date
hs_lifecyclestage_opportunity_date|t|r|Became an Opportunity Date
hs_lifecyclestage_customer_date|t|r|Became a Customer Date
hs_lifecyclestage_evangelist_date|t|r|Became an Evangelist Date
hs_analytics_first_url|s|r|First Page Seen
hs_analytics_last_url|s|r|Last Page Seen
hs_analytics_first_referrer|s|r|First Referring Site
hs_analytics_last_referrer|s|r|Last Referring Site
engagements_last_meeting_booked|t|r|Date of last meeting booked in meetings tool
ip_city|s|r|IP City
ip_country|s|r|IP Country
ip_state|s|r|IP State/Region
`

const companyTable = `
name|s||Company name
domain|s||Company Domain Name
website|s||Website URL
phone|p||Phone Number
address|s||Street Address
address2|s||Street Address 2
city|s||City
state|s||State/Region
zip|s||Postal Code
country|s||Country/Region
hs_state_code|s||State/Region Code
hs_country_code|s||Country/Region Code
industry|e||Industry
type|e||Type
numberofemployees|n||Number of Employees
hs_employee_range|s||Employee range
annualrevenue|n||Annual Revenue
hs_revenue_range|s||Revenue range
description|s||Description
about_us|s||About Us
founded_year|s||Year Founded
is_public|b||Is Public
timezone|s||Time Zone
total_money_raised|s||Total Money Raised
web_technologies|e|m|Web Technologies
linkedin_company_page|s||LinkedIn Company Page
linkedinbio|s||LinkedIn Bio
facebook_company_page|s||Facebook Company Page
twitterhandle|s||Twitter Handle
googleplus_page|s||Google Plus Page
lifecyclestage|e||Lifecycle Stage
hs_lead_status|e||Lead Status
hs_target_account|e||Target Account
hs_ideal_customer_profile|e||Ideal Customer Profile Tier
hs_is_target_account|b||Is Target Account
hs_additional_domains|e|m|Additional Domains
hs_parent_company_id|n||Parent Company
hs_num_child_companies|n|r|Number of child companies
hs_num_open_deals|n|r|Number of open deals
hs_total_deal_value|n|r|Total open deal value
num_associated_contacts|n|r|Number of Associated Contacts
hs_num_decision_makers|n|r|Number of decision makers
hubspotscore|n|r|HubSpot Score
hs_logo_url|s||Logo URL
hs_tax_id|e|m|Tax ID
createdate|t|r|Create Date
hs_lastmodifieddate|t|r|Last Modified Date
closedate|t||Close Date
days_to_close|n|r|Days to Close
first_contact_createdate|t|r|First Contact Create Date
engagements_last_meeting_booked|t|r|Date of last meeting booked in meetings tool
`

const dealTable = `
dealname|s||Deal Name
amount|n||Amount
amount_in_home_currency|n|r|Amount in company currency
deal_currency_code|e||Currency
closedate|t||Close Date
dealstage|e||Deal Stage
pipeline|e||Pipeline
dealtype|e||Deal Type
description|s||Deal Description
hs_priority|e||Priority
hs_next_step|s||Next step
closed_won_reason|s||Closed Won Reason
closed_lost_reason|s||Closed Lost Reason
hs_closed_amount|n|r|Closed Deal Amount
hs_is_closed|b|r|Is Deal Closed?
hs_is_closed_won|b|r|Is Closed Won
hs_is_closed_lost|b|r|Is closed lost
hs_deal_stage_probability|n|r|Deal probability
hs_forecast_amount|n||Forecast amount
hs_forecast_probability|n||Forecast probability
hs_manual_forecast_category|e||Forecast category
hs_projected_amount|n|r|Weighted amount
hs_acv|n||Annual contract value
hs_arr|n||Annual recurring revenue
hs_mrr|n||Monthly recurring revenue
hs_tcv|n||Total contract value
hs_deal_score|n|r|Deal Score
hs_predicted_amount|n|r|The predicted deal amount
hs_campaign|s||HubSpot Campaign
hs_tag_ids|e|m|Deal Tags
hs_primary_associated_company|n|r|Primary Associated Company
num_associated_contacts|n|r|Number of Associated Contacts
hs_num_of_associated_line_items|n|r|Number of Associated Line Items
hs_num_associated_queue_objects|n|r|Number of associated queue objects
days_to_close|n|r|Days to close
createdate|t|r|Create Date
hs_lastmodifieddate|t|r|Last Modified Date
hs_analytics_source|e|r|Original Traffic Source
hs_analytics_source_data_1|s|r|Original Traffic Source Drill-Down 1
hs_analytics_source_data_2|s|r|Original Traffic Source Drill-Down 2
hs_analytics_latest_source|e|r|Latest Traffic Source
hs_latest_meeting_activity|t|r|Latest meeting activity
hs_date_entered_appointmentscheduled|t|r|Date entered "Appointment Scheduled (Sales Pipeline)"
hs_date_entered_qualifiedtobuy|t|r|Date entered "Qualified To Buy (Sales Pipeline)"
hs_date_entered_presentationscheduled|t|r|Date entered "Presentation Scheduled (Sales Pipeline)"
hs_date_entered_decisionmakerboughtin|t|r|Date entered "Decision Maker Bought-In (Sales Pipeline)"
hs_date_entered_contractsent|t|r|Date entered "Contract Sent (Sales Pipeline)"
hs_date_entered_closedwon|t|r|Date entered "Closed Won (Sales Pipeline)"
hs_date_entered_closedlost|t|r|Date entered "Closed Lost (Sales Pipeline)"
hs_v2_date_entered_current_stage|t|r|Date entered current stage
engagements_last_meeting_booked|t|r|Date of last meeting booked in meetings tool
`

const ticketTable = `
subject|s||Ticket name
content|s||Ticket description
hs_pipeline|e||Pipeline
hs_pipeline_stage|e||Ticket status
hs_ticket_priority|e||Priority
hs_ticket_category|e|m|Category
source_type|e||Source
hs_ticket_id|n|r|Ticket ID
hs_resolution|e||Resolution
hs_tag_ids|e|m|Ticket Tags
hs_ticket_language_ai_tag|e|r|Detected language
createdate|t|r|Create date
hs_lastmodifieddate|t|r|Last modified date
closed_date|t|r|Close date
last_reply_date|t|r|Last Customer Reply Date
first_agent_reply_date|t|r|First agent email response date
last_engagement_date|t|r|Date of last engagement
time_to_close|n|r|Time to close
time_to_first_agent_reply|n|r|Time to first agent email reply
hs_time_to_close_sla_status|e|r|Time to Close SLA Ticket Status
hs_time_to_first_response_sla_status|e|r|Time to First Response SLA Ticket Status
hs_num_times_contacted|n|r|Number of times contacted (conversations)
hs_num_associated_companies|n|r|Number of Associated Companies
hs_assigned_team_ids|e|m|Assigned teams
hs_sentiment|e|r|Sentiment
hs_is_closed|b|r|Is closed
hs_originating_email_engagement_id|n|r|Originating email ID
hs_primary_company_name|s|r|Primary company name
hs_last_message_received_at|t|r|Last message received date
hs_last_message_sent_at|t|r|Last response date
`

const taskTable = `
hs_task_subject|s||Task Title
hs_task_body|s||Notes
hs_timestamp|t||Due date
hs_task_status|e||Task Status
hs_task_priority|e||Priority
hs_task_type|e||Task Type
hs_queue_membership_ids|e|m|Queue
hs_task_reminders|s||Reminders
hs_task_completion_date|t|r|Completed at
hs_task_is_completed|n|r|Is completed
hs_task_is_overdue|b|r|Is overdue
hs_task_is_past_due_date|b|r|Is past due date
hs_task_missed_due_date|b|r|Missed due date
hs_task_for_object_type|s|r|For object type
hs_task_repeat_interval|s||Repeat
hs_task_contact_timezone|s|r|Contact time zone
hs_task_relative_reminders|s||Relative reminders
hs_task_send_default_reminder|b||Send default reminder
hs_task_last_contact_outreach|t|r|Last contact outreach
hs_task_last_sales_activity_timestamp|t|r|Last engagement date
hs_task_template_id|n||Template ID
hs_task_sequence_enrollment_active|b|r|Sequence enrollment active
hs_engagement_source|e|r|Activity source
hs_activity_type|e|r|Activity type
hs_body_preview|s|r|Body preview
hs_num_associated_contacts|n|r|Number of associated contacts
hs_num_associated_companies|n|r|Number of associated companies
hs_num_associated_deals|n|r|Number of associated deals
hs_num_associated_tickets|n|r|Number of associated tickets
hs_calendar_event_id|s|r|Calendar event ID
hs_product_name|s|r|Product name
`
