// swift-format-ignore-file
// Compiled by Schemas/factors/compile_factors.py; provenance in Schemas/factors.md.

/// The regions of `FactorSet.shipped` that have a grid factor: code, place, further codes.
let knownRegionRows = """
AE|United Arab Emirates|ARE
AF|Afghanistan|AFG
AG|Antigua and Barbuda|ATG
AL|Albania|ALB
AM|Armenia|ARM
AO|Angola|AGO
AR|Argentina|ARG
AS|American Samoa|ASM
AT|Austria|AUT
AU|Australia|AUS
AW|Aruba|ABW
AZ|Azerbaijan|AZE
BA|Bosnia and Herzegovina|BIH
BB|Barbados|BRB
BD|Bangladesh|BGD
BE|Belgium|BEL
BF|Burkina Faso|BFA
BG|Bulgaria|BGR
BH|Bahrain|BHR
BI|Burundi|BDI
BJ|Benin|BEN
BM|Bermuda|BMU
BN|Brunei|BRN
BO|Bolivia|BOL
BR|Brazil|BRA
BS|Bahamas|BHS
BT|Bhutan|BTN
BW|Botswana|BWA
BY|Belarus|BLR
BZ|Belize|BLZ
CA|Canada|CAN
CD|Democratic Republic of Congo|COD
CG|Congo|COG
CH|Switzerland|CHE
CI|Cote d'Ivoire|CIV
CK|Cook Islands|COK
CL|Chile|CHL
CM|Cameroon|CMR
CN|China|CHN
CO|Colombia|COL
CR|Costa Rica|CRI
CU|Cuba|CUB
CV|Cape Verde|CPV
CY|Cyprus|CYP
CZ|Czechia|CZE
DE|Germany|DEU
DJ|Djibouti|DJI
DK|Denmark|DNK
DM|Dominica|DMA
DO|Dominican Republic|DOM
DZ|Algeria|DZA
EC|Ecuador|ECU
EE|Estonia|EST
EG|Egypt|EGY
EH|Western Sahara|ESH
ER|Eritrea|ERI
ES|Spain|ESP
ET|Ethiopia|ETH
FI|Finland|FIN
FJ|Fiji|FJI
FK|Falkland Islands|FLK
FO|Faroe Islands|FRO
FR|France|FRA
GA|Gabon|GAB
GB|United Kingdom|GBR
GD|Grenada|GRD
GE|Georgia|GEO
GF|French Guiana|GUF
GH|Ghana|GHA
GI|Gibraltar|GIB
GL|Greenland|GRL
GM|Gambia|GMB
GN|Guinea|GIN
GP|Guadeloupe|GLP
GQ|Equatorial Guinea|GNQ
GR|Greece|GRC
GT|Guatemala|GTM
GU|Guam|GUM
GW|Guinea-Bissau|GNB
GY|Guyana|GUY
HK|Hong Kong|HKG
HN|Honduras|HND
HR|Croatia|HRV
HT|Haiti|HTI
HU|Hungary|HUN
ID|Indonesia|IDN
IE|Ireland|IRL
IL|Israel|ISR
IN|India|IND
IQ|Iraq|IRQ
IR|Iran|IRN
IS|Iceland|ISL
IT|Italy|ITA
JM|Jamaica|JAM
JO|Jordan|JOR
JP|Japan|JPN
KE|Kenya|KEN
KG|Kyrgyzstan|KGZ
KH|Cambodia|KHM
KI|Kiribati|KIR
KM|Comoros|COM
KN|Saint Kitts and Nevis|KNA
KP|North Korea|PRK
KR|South Korea|KOR
KW|Kuwait|KWT
KY|Cayman Islands|CYM
KZ|Kazakhstan|KAZ
LA|Laos|LAO
LB|Lebanon|LBN
LC|Saint Lucia|LCA
LK|Sri Lanka|LKA
LR|Liberia|LBR
LS|Lesotho|LSO
LT|Lithuania|LTU
LU|Luxembourg|LUX
LV|Latvia|LVA
LY|Libya|LBY
MA|Morocco|MAR
MD|Moldova|MDA
ME|Montenegro|MNE
MG|Madagascar|MDG
MK|North Macedonia|MKD
ML|Mali|MLI
MM|Myanmar|MMR
MN|Mongolia|MNG
MO|Macao|MAC
MQ|Martinique|MTQ
MR|Mauritania|MRT
MS|Montserrat|MSR
MT|Malta|MLT
MU|Mauritius|MUS
MV|Maldives|MDV
MW|Malawi|MWI
MX|Mexico|MEX
MY|Malaysia|MYS
MZ|Mozambique|MOZ
NA|Namibia|NAM
NC|New Caledonia|NCL
NE|Niger|NER
NG|Nigeria|NGA
NI|Nicaragua|NIC
NL|Netherlands|NLD
NO|Norway|NOR
NP|Nepal|NPL
NR|Nauru|NRU
NZ|New Zealand|NZL
OM|Oman|OMN
PA|Panama|PAN
PE|Peru|PER
PF|French Polynesia|PYF
PG|Papua New Guinea|PNG
PH|Philippines|PHL
PK|Pakistan|PAK
PL|Poland|POL
PM|Saint Pierre and Miquelon|SPM
PR|Puerto Rico|PRI
PS|Palestine|PSE
PT|Portugal|PRT
PY|Paraguay|PRY
QA|Qatar|QAT
RE|Reunion|REU
RO|Romania|ROU
RS|Serbia|SRB
RU|Russia|RUS
RW|Rwanda|RWA
SA|Saudi Arabia|SAU
SB|Solomon Islands|SLB
SC|Seychelles|SYC
SD|Sudan|SDN
SE|Sweden|SWE
SG|Singapore|SGP
SH|Saint Helena|SHN
SI|Slovenia|SVN
SK|Slovakia|SVK
SL|Sierra Leone|SLE
SN|Senegal|SEN
SO|Somalia|SOM
SR|Suriname|SUR
SS|South Sudan|SSD
ST|Sao Tome and Principe|STP
SV|El Salvador|SLV
SY|Syria|SYR
SZ|Eswatini|SWZ
TC|Turks and Caicos Islands|TCA
TD|Chad|TCD
TG|Togo|TGO
TH|Thailand|THA
TJ|Tajikistan|TJK
TL|East Timor|TLS
TM|Turkmenistan|TKM
TN|Tunisia|TUN
TO|Tonga|TON
TR|Turkey|TUR
TT|Trinidad and Tobago|TTO
TW|Taiwan|TWN
TZ|Tanzania|TZA
UA|Ukraine|UKR
UG|Uganda|UGA
US|United States|USA
UY|Uruguay|URY
UZ|Uzbekistan|UZB
VC|Saint Vincent and the Grenadines|VCT
VE|Venezuela|VEN
VG|British Virgin Islands|VGB
VI|United States Virgin Islands|VIR
VN|Vietnam|VNM
VU|Vanuatu|VUT
WS|Samoa|WSM
YE|Yemen|YEM
ZA|South Africa|ZAF
ZM|Zambia|ZMB
ZW|Zimbabwe|ZWE
aws:af-south-1|South Africa
aws:ap-east-1|Hong Kong
aws:ap-northeast-1|Japan
aws:ap-northeast-2|South Korea
aws:ap-northeast-3|Japan
aws:ap-south-1|India
aws:ap-southeast-1|Singapore
aws:ap-southeast-2|Australia
aws:ca-central-1|Canada
aws:cn-north-1|China
aws:cn-northwest-1|China
aws:eu-central-1|Germany
aws:eu-north-1|Sweden
aws:eu-south-1|Italy
aws:eu-west-1|Ireland
aws:eu-west-2|England
aws:eu-west-3|France
aws:me-south-1|Bahrain
aws:sa-east-1|Brazil
aws:us-east-1|United States
aws:us-east-2|United States
aws:us-gov-east-1|United States
aws:us-gov-west-1|United States
aws:us-west-1|United States
aws:us-west-2|United States
azure:Belgium Central|Brussels
azure:Central India|Pune
azure:Central US|Iowa
azure:East Asia|Hong Kong
azure:East US|Virginia
azure:East US 2|Virginia
azure:East US 3|Georgia
azure:France Central|Paris
azure:North Central US|Illinois
azure:North Europe|Ireland
azure:South Central US|Texas
azure:South India|Chennai
azure:Southeast Asia|Singapore
azure:Sweden Central|Gavle
azure:UK South|London
azure:UK West|Cardiff
azure:West Central US|Wyoming
azure:West Europe|Netherlands
azure:West India|Mumbai
azure:West US|California
azure:West US 2|Washington
azure:West US 3|Arizona
egrid:AKGD|ASCC Alaska Grid
egrid:AKMS|ASCC Miscellaneous
egrid:AZNM|WECC Southwest
egrid:CAMX|WECC California
egrid:ERCT|ERCOT All
egrid:FRCC|FRCC All
egrid:HIMS|HICC Miscellaneous
egrid:HIOA|HICC Oahu
egrid:MROE|MRO East
egrid:MROW|MRO West
egrid:NEWE|NPCC New England
egrid:NWPP|WECC Northwest
egrid:NYCW|NPCC NYC/Westchester
egrid:NYLI|NPCC Long Island
egrid:NYUP|NPCC Upstate NY
egrid:PRMS|Puerto Rico Miscellaneous
egrid:RFCE|RFC East
egrid:RFCM|RFC Michigan
egrid:RFCW|RFC West
egrid:RMPA|WECC Rockies
egrid:SPNO|SPP North
egrid:SPSO|SPP South
egrid:SRMV|SERC Mississippi Valley
egrid:SRMW|SERC Midwest
egrid:SRSO|SERC South
egrid:SRTV|SERC Tennessee Valley
egrid:SRVC|SERC Virginia/Carolina
egrid:US|US Average
gcp:africa-south1|Johannesburg
gcp:asia-east1|Taiwan
gcp:asia-east2|Hong Kong
gcp:asia-northeast1|Tokyo
gcp:asia-northeast2|Osaka
gcp:asia-northeast3|Seoul
gcp:asia-south1|Mumbai
gcp:asia-south2|Delhi
gcp:asia-southeast1|Singapore
gcp:asia-southeast2|Jakarta
gcp:australia-southeast1|Sydney
gcp:australia-southeast2|Melbourne
gcp:europe-central2|Warsaw
gcp:europe-north1|Finland
gcp:europe-north2|Stockholm
gcp:europe-southwest1|Madrid
gcp:europe-west1|Belgium
gcp:europe-west10|Berlin
gcp:europe-west12|Turin
gcp:europe-west2|London
gcp:europe-west3|Frankfurt
gcp:europe-west4|Eemshaven
gcp:europe-west6|Zürich
gcp:europe-west8|Milan
gcp:europe-west9|Paris
gcp:me-central1|Doha
gcp:me-central2|Dammam
gcp:me-west1|Tel Aviv
gcp:northamerica-northeast1|Montréal
gcp:northamerica-northeast2|Toronto
gcp:northamerica-south1|Mexico
gcp:southamerica-east1|Sāo Paulo
gcp:southamerica-west1|Santiago
gcp:us-central1|Iowa
gcp:us-central2|Oklahoma
gcp:us-east1|South Carolina
gcp:us-east2|Georgia
gcp:us-east4|Northern Virginia
gcp:us-east5|Columbus
gcp:us-south1|Dallas
gcp:us-west1|Oregon
gcp:us-west2|Los Angeles
gcp:us-west3|Salt Lake City
gcp:us-west4|Las Vegas
"""
