"""Words before names, by what they say: who pays or is paid, whose account it is, who writes, and titles.

English, French, German, Spanish, Polish, Italian and Dutch, as regular expressions without case.
"""

from __future__ import annotations


def _any_of(*alternatives: str) -> str:
    return "|".join(alternatives)


PAYMENT = _any_of(
    r"(?:transfer|payment|pymt|pmt|credit|deposit|paid|sent|received|money|funds|wire|giro|zelle|venmo|cash ?app|p2p|"
    r"ach|standing order|so|faster payments?|fpi|fpo|bgc|interac e-?transfer|e-?transfer)"
    r"(?:[ ](?:in|out|received|sent|made|inst|credit|debit|instant|money))?[ ](?:from|to|by|for|frm)",
    r"in favou?r of|ifo|by order of|b/o|o/b/o|on behalf of|payable to|remitter|sender|payee|payer|beneficiary|bnf",
    r"(?:faster payments?|fpi|fpo|standing order|dauerauftrag|bizum|zelle)(?![ ](?:de|a|an|from|to)\b)",
    r"ordering customer",
    r"vir(?:ement)?s?[.]?(?:[ ](?:sepa|inst(?:antane)?|instantané|recu|reçu|emis|émis|permanent|faveur))*"
    r"[ ](?:de|a|à|vers|pour|par|tiers|m|mme)",
    r"donneur d'?ordre|b[eé]n[eé]ficiaire|titulaire|[eé]metteur",
    r"(?:über|ueber|uber)weisung(?:sgutschrift|seingang)?(?:[ ](?:an|von|fuer|für|zugunsten))?",
    r"(?:gutschrift|zahlung|zahlungseingang|dauerauftrag|lastschrift|einzahlung|auszahlung|echtzeit-?überweisung)"
    r"[ ](?:an|von|durch|für|fuer)",
    r"(?:abweichender )?auftraggeber|empf(?:ä|ae)nger|zahlungspflichtiger|zahler|beg(?:ü|ue)nstigter",
    r"transf(?:erencia|er)?[.]?(?:[ ](?:recibida|emitida|inmediata|realizada|sepa))*[ ](?:de|a|para|a favor de)",
    r"(?:bizum|traspaso|pago|ingreso|nomina)[ ](?:recibido[ ])?(?:de|a|para)",
    r"ordenante|beneficiario|titular|remitente|a favor de",
    r"przelew(?:[ ](?:przychodz[aą]cy|wychodz[aą]cy|krajowy|natychmiastowy|ekspresowy))?(?:[ ](?:od|do|na rzecz|dla))?",
    r"nadawca|odbiorca|zleceniodawca|posiadacz|wp[lł]ata od",
    r"bonifico[ ](?:da|a favore di|a|istantaneo da|sepa da)|ordinante|overboeking (?:van|naar)|incasso van",
)
OWNER = _any_of(
    r"(?:account|card|policy) ?holder(?:'s)?(?:[ ]name)?|holder name|name on (?:the )?(?:card|account)",
    r"joint (?:account )?(?:holder|owner)|kontoinhaber(?:in)?|karteninhaber(?:in)?|titulaire du compte",
    r"titular de la cuenta|posiadacz rachunku|intestatario|customer name|client name|full name|surname",
    r"first name|last name|attn|attention of|c/o|signed by|next of kin",
)
SELF = _any_of(
    r"my (?:full |maiden |new )?name(?:'s| is| was)?|(?:i am|i'm) called|this is",
    r"my (?:wife|husband|partner|son|daughter|mother|father|brother|sister|mum|mom|dad)(?:'s name is)?,?",
    r"mein name ist|ich hei(?:ß|ss)e|ich bin|mein mann|meine frau|je m'appelle|mon nom est|je suis",
    r"me llamo|mi nombre es|soy|nazywam si[eę]|mam na imi[eę]|mi chiamo",
    r"spoke (?:to|with)|speaking (?:to|with)|caller(?: was)?",
)
GREETING = _any_of(
    r"(?:kind(?:est)?|best|warm(?:est)?) (?:regards|wishes)|regards|yours(?: (?:sincerely|faithfully|truly))?",
    r"sincerely(?: yours)?|many thanks|thanks(?: in advance)?|thank you|cheers|respectfully",
    r"mit freundlichen gr(?:ü|ue)(?:ß|ss)en|(?:viele|beste|liebe|freundliche) gr(?:ü|ue)(?:ß|ss)e|mfg|gru(?:ß|ss)",
    r"hochachtungsvoll|cordialement|bien (?:à|a) vous|salutations(?: distingu[eé]es)?|cdlt",
    r"(?:un )?saludos?(?: cordial(?:es)?)?|atentamente|pozdrawiam|z powa[zż]aniem",
    r"cordiali saluti|distinti saluti|met vriendelijke groet(?:en)?",
)
TITLE = (
    r"mr|mrs|ms|miss|mister|dr|prof|professor|herrn?|frau|mme|mlle|monsieur|madame|mademoiselle|se[ñn]ora?|se[ñn]orita"
    r"|sra|don|do[ñn]a|pan|pani|panu|signora?|sig|dhr|mevr"
)

# Words that follow a name in a statement line and are none.
AFTER_NAME = (
    r"ref|reference|referenz|iban|bic|swift|acc|acct|account|konto|kto|blz|inv|invoice|rent|loan|gift|motif|libelle|"
    r"concepto|verwendungszweck|svwz|eref|mref|kref|cred|abwa|tytu[lł](?:em)?|causale|purpose|memo|note|msg|message|"
    r"via|for|from|to|on|at|and|und|et|dated?|phone|tel|mobile|email|mail|card|fee|fees|id|no|nr|bank|sort|code|value|"
    r"gbp|eur|usd|chf|pln|jan|feb|mar|apr|may|jun|jul|aug|sep|sept|oct|nov|dec"
)
FIRM = (
    r"ltd|limited|inc|llc|llp|plc|corp|gmbh|mbh|ag|kg|ohg|e\.?v|s\.?a\.?|sarl|sas|s\.?l|s\.?r\.?l|b\.?v|n\.?v|z o\.?o|"
    r"verein|association|sons"
)

# Firms, and words of the trade that follow the same keywords as names do.
NO_NAMES: frozenset[str] = frozenset(
    """
    ltd limited inc llc llp plc corp corporation co company gmbh mbh ag kg ohg ug ev sa sarl sas sasu sl slu srl spa nv
    bv oy ab aps zoo group holding holdings trust foundation stiftung verein association society club bank banque banco
    sparkasse volksbank caisse credit debit union insurance versicherung assurance seguros council city county state
    department ministry government hmrc irs finanzamt amt tax water energy electric gas power telecom mobile broadband
    internet school university college hospital clinic pharmacy supermarket market store shop stores hotel hotels
    restaurant cafe bar airlines airways express services service solutions systems international global partners
    associates management investments capital fund funds pension pensions mortgage mortgages loan loans finance
    financial savings saver account accounts acct current checking isa card cards cash deposit deposits transfer
    transfers payment payments refund refunds salary wages payroll rent interest charge charges fee fees bill bills
    invoice order standing direct online app own internal external monthly weekly annual new old joint my your our the
    this that customer client beneficiary sepa iban bic giro konto girokonto tagesgeld sparkonto eigenes compte livret
    epargne cuenta ahorro rachunek konta oszczednosciowe church parish charity museum theatre cinema gym fitness media
    news digital studio studios web travel tours auto motors cars parking station airport railway rail transport
    logistics property properties estate estates lettings homes housing apartments support team sales office desk
    helpdesk branch manager director advisor adviser sincerely regards wishes monday tuesday wednesday thursday friday
    saturday sunday january february march april june july august september october november december
    """.split()  # noqa: SIM905 - a list of words reads better as words
)
