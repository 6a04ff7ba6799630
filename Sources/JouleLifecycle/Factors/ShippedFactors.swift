// swift-format-ignore-file
// Compiled by Schemas/factors/compile_factors.py; provenance in Schemas/factors.md.

/// The rows of `FactorSet.shipped`, in the columns of a user's factor file.
let shippedFactorRows = """
kind,region,name,aliases,year,value,low,high,unit,signal,basis,source,licence
embodied,NVIDIA A100 PCIe,NVIDIA A100 PCIe,NVIDIA A100-PCIE-40GB|A100-PCIE-40GB,,321.6,,,kgCO2e,,,BoaviztAPI 2.5.0 bottom-up (card),facts as cited
embodied,NVIDIA A100 SXM4 40 GB,NVIDIA A100 SXM4 40 GB,NVIDIA A100-SXM4-40GB|A100-SXM4-40GB,,319.3,,,kgCO2e,,,BoaviztAPI 2.5.0 bottom-up (card),facts as cited
embodied,NVIDIA GeForce GTX 1080 Ti,NVIDIA GeForce GTX 1080 Ti,GeForce GTX 1080 Ti,,109,,,kgCO2e,,,BoaviztAPI 2.5.0 bottom-up (card),facts as cited
embodied,NVIDIA H100 SXM5 80GB,NVIDIA H100 SXM5 80GB,NVIDIA H100 80GB HBM3,,575.1,,,kgCO2e,,,BoaviztAPI 2.5.0 bottom-up (card),facts as cited
embodied,NVIDIA L4,NVIDIA L4,,,123.5,,,kgCO2e,,,BoaviztAPI 2.5.0 bottom-up (card),facts as cited
embodied,NVIDIA P100 PCIe 16GB,NVIDIA P100 PCIe 16GB,Tesla P100-PCIE-16GB,,158.8,,,kgCO2e,,,BoaviztAPI 2.5.0 bottom-up (card),facts as cited
grid,AE,United Arab Emirates,ARE,2023,492.698,,,g/kWh,location_average,life_cycle,Our World in Data/Ember via carbontracker,CC BY 4.0
grid,AF,Afghanistan,AFG,2023,123.711,,,g/kWh,location_average,life_cycle,Our World in Data/Ember via carbontracker,CC BY 4.0
grid,AG,Antigua and Barbuda,ATG,2023,611.111,,,g/kWh,location_average,life_cycle,Our World in Data/Ember via carbontracker,CC BY 4.0
grid,AL,Albania,ALB,2023,24.417,,,g/kWh,location_average,life_cycle,Our World in Data/Ember via carbontracker,CC BY 4.0
grid,AM,Armenia,ARM,2024,244.344,,,g/kWh,location_average,life_cycle,Our World in Data/Ember via carbontracker,CC BY 4.0
grid,AO,Angola,AGO,2023,167.224,,,g/kWh,location_average,life_cycle,Our World in Data/Ember via carbontracker,CC BY 4.0
grid,AR,Argentina,ARG,2024,358.948,,,g/kWh,location_average,life_cycle,Our World in Data/Ember via carbontracker,CC BY 4.0
grid,AS,American Samoa,ASM,2023,647.059,,,g/kWh,location_average,life_cycle,Our World in Data/Ember via carbontracker,CC BY 4.0
grid,AT,Austria,AUT,2024,102.623,,,g/kWh,location_average,life_cycle,Our World in Data/Ember via carbontracker,CC BY 4.0
grid,AU,Australia,AUS,2024,551.59,,,g/kWh,location_average,life_cycle,Our World in Data/Ember via carbontracker,CC BY 4.0
grid,AW,Aruba,ABW,2022,550,,,g/kWh,location_average,life_cycle,Our World in Data/Ember via carbontracker,CC BY 4.0
grid,AZ,Azerbaijan,AZE,2024,633.071,,,g/kWh,location_average,life_cycle,Our World in Data/Ember via carbontracker,CC BY 4.0
grid,BA,Bosnia and Herzegovina,BIH,2024,638.045,,,g/kWh,location_average,life_cycle,Our World in Data/Ember via carbontracker,CC BY 4.0
grid,BB,Barbados,BRB,2023,600,,,g/kWh,location_average,life_cycle,Our World in Data/Ember via carbontracker,CC BY 4.0
grid,BD,Bangladesh,BGD,2024,694.625,,,g/kWh,location_average,life_cycle,Our World in Data/Ember via carbontracker,CC BY 4.0
grid,BE,Belgium,BEL,2024,117.576,,,g/kWh,location_average,life_cycle,Our World in Data/Ember via carbontracker,CC BY 4.0
grid,BF,Burkina Faso,BFA,2023,554.913,,,g/kWh,location_average,life_cycle,Our World in Data/Ember via carbontracker,CC BY 4.0
grid,BG,Bulgaria,BGR,2024,264.207,,,g/kWh,location_average,life_cycle,Our World in Data/Ember via carbontracker,CC BY 4.0
grid,BH,Bahrain,BHR,2023,902.405,,,g/kWh,location_average,life_cycle,Our World in Data/Ember via carbontracker,CC BY 4.0
grid,BI,Burundi,BDI,2023,230.769,,,g/kWh,location_average,life_cycle,Our World in Data/Ember via carbontracker,CC BY 4.0
grid,BJ,Benin,BEN,2023,590,,,g/kWh,location_average,life_cycle,Our World in Data/Ember via carbontracker,CC BY 4.0
grid,BM,Bermuda,BMU,2023,640.625,,,g/kWh,location_average,life_cycle,Our World in Data/Ember via carbontracker,CC BY 4.0
grid,BN,Brunei,BRN,2023,892.665,,,g/kWh,location_average,life_cycle,Our World in Data/Ember via carbontracker,CC BY 4.0
grid,BO,Bolivia,BOL,2024,468.016,,,g/kWh,location_average,life_cycle,Our World in Data/Ember via carbontracker,CC BY 4.0
grid,BR,Brazil,BRA,2024,103.212,,,g/kWh,location_average,life_cycle,Our World in Data/Ember via carbontracker,CC BY 4.0
grid,BS,Bahamas,BHS,2022,653.659,,,g/kWh,location_average,life_cycle,Our World in Data/Ember via carbontracker,CC BY 4.0
grid,BT,Bhutan,BTN,2023,24.194,,,g/kWh,location_average,life_cycle,Our World in Data/Ember via carbontracker,CC BY 4.0
grid,BW,Botswana,BWA,2023,849.421,,,g/kWh,location_average,life_cycle,Our World in Data/Ember via carbontracker,CC BY 4.0
grid,BY,Belarus,BLR,2024,313.617,,,g/kWh,location_average,life_cycle,Our World in Data/Ember via carbontracker,CC BY 4.0
grid,BZ,Belize,BLZ,2023,155.556,,,g/kWh,location_average,life_cycle,Our World in Data/Ember via carbontracker,CC BY 4.0
grid,CA,Canada,CAN,2024,174.814,,,g/kWh,location_average,life_cycle,Our World in Data/Ember via carbontracker,CC BY 4.0
grid,CD,Democratic Republic of Congo,COD,2023,27.044,,,g/kWh,location_average,life_cycle,Our World in Data/Ember via carbontracker,CC BY 4.0
grid,CG,Congo,COG,2023,713.733,,,g/kWh,location_average,life_cycle,Our World in Data/Ember via carbontracker,CC BY 4.0
grid,CH,Switzerland,CHE,2024,36.599,,,g/kWh,location_average,life_cycle,Our World in Data/Ember via carbontracker,CC BY 4.0
grid,CI,Cote d'Ivoire,CIV,2023,393.531,,,g/kWh,location_average,life_cycle,Our World in Data/Ember via carbontracker,CC BY 4.0
grid,CK,Cook Islands,COK,2022,250,,,g/kWh,location_average,life_cycle,Our World in Data/Ember via carbontracker,CC BY 4.0
grid,CL,Chile,CHL,2024,265.516,,,g/kWh,location_average,life_cycle,Our World in Data/Ember via carbontracker,CC BY 4.0
grid,CM,Cameroon,CMR,2023,285.714,,,g/kWh,location_average,life_cycle,Our World in Data/Ember via carbontracker,CC BY 4.0
grid,CN,China,CHN,2024,559.552,,,g/kWh,location_average,life_cycle,Our World in Data/Ember via carbontracker,CC BY 4.0
grid,CO,Colombia,COL,2024,285.796,,,g/kWh,location_average,life_cycle,Our World in Data/Ember via carbontracker,CC BY 4.0
grid,CR,Costa Rica,CRI,2024,63.005,,,g/kWh,location_average,life_cycle,Our World in Data/Ember via carbontracker,CC BY 4.0
grid,CU,Cuba,CUB,2023,638.98,,,g/kWh,location_average,life_cycle,Our World in Data/Ember via carbontracker,CC BY 4.0
grid,CV,Cape Verde,CPV,2022,480,,,g/kWh,location_average,life_cycle,Our World in Data/Ember via carbontracker,CC BY 4.0
grid,CY,Cyprus,CYP,2024,512.238,,,g/kWh,location_average,life_cycle,Our World in Data/Ember via carbontracker,CC BY 4.0
grid,CZ,Czechia,CZE,2024,413.859,,,g/kWh,location_average,life_cycle,Our World in Data/Ember via carbontracker,CC BY 4.0
grid,DE,Germany,DEU,2024,344.14,,,g/kWh,location_average,life_cycle,Our World in Data/Ember via carbontracker,CC BY 4.0
grid,DJ,Djibouti,DJI,2023,450,,,g/kWh,location_average,life_cycle,Our World in Data/Ember via carbontracker,CC BY 4.0
grid,DK,Denmark,DNK,2024,143.3,,,g/kWh,location_average,life_cycle,Our World in Data/Ember via carbontracker,CC BY 4.0
grid,DM,Dominica,DMA,2023,600,,,g/kWh,location_average,life_cycle,Our World in Data/Ember via carbontracker,CC BY 4.0
grid,DO,Dominican Republic,DOM,2024,566.692,,,g/kWh,location_average,life_cycle,Our World in Data/Ember via carbontracker,CC BY 4.0
grid,DZ,Algeria,DZA,2023,633.645,,,g/kWh,location_average,life_cycle,Our World in Data/Ember via carbontracker,CC BY 4.0
grid,EC,Ecuador,ECU,2024,209.697,,,g/kWh,location_average,life_cycle,Our World in Data/Ember via carbontracker,CC BY 4.0
grid,EE,Estonia,EST,2024,341.021,,,g/kWh,location_average,life_cycle,Our World in Data/Ember via carbontracker,CC BY 4.0
grid,EG,Egypt,EGY,2024,571.938,,,g/kWh,location_average,life_cycle,Our World in Data/Ember via carbontracker,CC BY 4.0
grid,EH,Western Sahara,ESH,2009,666.667,,,g/kWh,location_average,life_cycle,Our World in Data/Ember via carbontracker,CC BY 4.0
grid,ER,Eritrea,ERI,2023,590.909,,,g/kWh,location_average,life_cycle,Our World in Data/Ember via carbontracker,CC BY 4.0
grid,ES,Spain,ESP,2024,146.154,,,g/kWh,location_average,life_cycle,Our World in Data/Ember via carbontracker,CC BY 4.0
grid,ET,Ethiopia,ETH,2023,23.549,,,g/kWh,location_average,life_cycle,Our World in Data/Ember via carbontracker,CC BY 4.0
grid,FI,Finland,FIN,2024,72.249,,,g/kWh,location_average,life_cycle,Our World in Data/Ember via carbontracker,CC BY 4.0
grid,FJ,Fiji,FJI,2023,278.261,,,g/kWh,location_average,life_cycle,Our World in Data/Ember via carbontracker,CC BY 4.0
grid,FK,Falkland Islands,FLK,2022,1000,,,g/kWh,location_average,life_cycle,Our World in Data/Ember via carbontracker,CC BY 4.0
grid,FO,Faroe Islands,FRO,2022,354.167,,,g/kWh,location_average,life_cycle,Our World in Data/Ember via carbontracker,CC BY 4.0
grid,FR,France,FRA,2024,44.179,,,g/kWh,location_average,life_cycle,Our World in Data/Ember via carbontracker,CC BY 4.0
grid,GA,Gabon,GAB,2023,429.467,,,g/kWh,location_average,life_cycle,Our World in Data/Ember via carbontracker,CC BY 4.0
grid,GB,United Kingdom,GBR,2024,210.891,,,g/kWh,location_average,life_cycle,Our World in Data/Ember via carbontracker,CC BY 4.0
grid,GD,Grenada,GRD,2022,666.667,,,g/kWh,location_average,life_cycle,Our World in Data/Ember via carbontracker,CC BY 4.0
grid,GE,Georgia,GEO,2024,143.058,,,g/kWh,location_average,life_cycle,Our World in Data/Ember via carbontracker,CC BY 4.0
grid,GF,French Guiana,GUF,2022,204.082,,,g/kWh,location_average,life_cycle,Our World in Data/Ember via carbontracker,CC BY 4.0
grid,GH,Ghana,GHA,2023,452.861,,,g/kWh,location_average,life_cycle,Our World in Data/Ember via carbontracker,CC BY 4.0
grid,GI,Gibraltar,GIB,2023,590.909,,,g/kWh,location_average,life_cycle,Our World in Data/Ember via carbontracker,CC BY 4.0
grid,GL,Greenland,GRL,2022,111.111,,,g/kWh,location_average,life_cycle,Our World in Data/Ember via carbontracker,CC BY 4.0
grid,GM,Gambia,GMB,2023,666.667,,,g/kWh,location_average,life_cycle,Our World in Data/Ember via carbontracker,CC BY 4.0
grid,GN,Guinea,GIN,2023,182.716,,,g/kWh,location_average,life_cycle,Our World in Data/Ember via carbontracker,CC BY 4.0
grid,GP,Guadeloupe,GLP,2022,493.902,,,g/kWh,location_average,life_cycle,Our World in Data/Ember via carbontracker,CC BY 4.0
grid,GQ,Equatorial Guinea,GNQ,2023,605.096,,,g/kWh,location_average,life_cycle,Our World in Data/Ember via carbontracker,CC BY 4.0
grid,GR,Greece,GRC,2024,319.762,,,g/kWh,location_average,life_cycle,Our World in Data/Ember via carbontracker,CC BY 4.0
grid,GT,Guatemala,GTM,2023,272.66,,,g/kWh,location_average,life_cycle,Our World in Data/Ember via carbontracker,CC BY 4.0
grid,GU,Guam,GUM,2022,611.111,,,g/kWh,location_average,life_cycle,Our World in Data/Ember via carbontracker,CC BY 4.0
grid,GW,Guinea-Bissau,GNB,2022,625,,,g/kWh,location_average,life_cycle,Our World in Data/Ember via carbontracker,CC BY 4.0
grid,GY,Guyana,GUY,2023,634.328,,,g/kWh,location_average,life_cycle,Our World in Data/Ember via carbontracker,CC BY 4.0
grid,HK,Hong Kong,HKG,2023,681.987,,,g/kWh,location_average,life_cycle,Our World in Data/Ember via carbontracker,CC BY 4.0
grid,HN,Honduras,HND,2023,289.496,,,g/kWh,location_average,life_cycle,Our World in Data/Ember via carbontracker,CC BY 4.0
grid,HR,Croatia,HRV,2024,174.479,,,g/kWh,location_average,life_cycle,Our World in Data/Ember via carbontracker,CC BY 4.0
grid,HT,Haiti,HTI,2022,534.654,,,g/kWh,location_average,life_cycle,Our World in Data/Ember via carbontracker,CC BY 4.0
grid,HU,Hungary,HUN,2024,182.818,,,g/kWh,location_average,life_cycle,Our World in Data/Ember via carbontracker,CC BY 4.0
grid,ID,Indonesia,IDN,2023,682.43,,,g/kWh,location_average,life_cycle,Our World in Data/Ember via carbontracker,CC BY 4.0
grid,IE,Ireland,IRL,2024,279.702,,,g/kWh,location_average,life_cycle,Our World in Data/Ember via carbontracker,CC BY 4.0
grid,IL,Israel,ISR,2023,567.262,,,g/kWh,location_average,life_cycle,Our World in Data/Ember via carbontracker,CC BY 4.0
grid,IN,India,IND,2024,708.322,,,g/kWh,location_average,life_cycle,Our World in Data/Ember via carbontracker,CC BY 4.0
grid,IQ,Iraq,IRQ,2023,689.4,,,g/kWh,location_average,life_cycle,Our World in Data/Ember via carbontracker,CC BY 4.0
grid,IR,Iran,IRN,2024,641.936,,,g/kWh,location_average,life_cycle,Our World in Data/Ember via carbontracker,CC BY 4.0
grid,IS,Iceland,ISL,2023,28.33,,,g/kWh,location_average,life_cycle,Our World in Data/Ember via carbontracker,CC BY 4.0
grid,IT,Italy,ITA,2024,287.534,,,g/kWh,location_average,life_cycle,Our World in Data/Ember via carbontracker,CC BY 4.0
grid,JM,Jamaica,JAM,2022,561.247,,,g/kWh,location_average,life_cycle,Our World in Data/Ember via carbontracker,CC BY 4.0
grid,JO,Jordan,JOR,2022,539.211,,,g/kWh,location_average,life_cycle,Our World in Data/Ember via carbontracker,CC BY 4.0
grid,JP,Japan,JPN,2024,482.324,,,g/kWh,location_average,life_cycle,Our World in Data/Ember via carbontracker,CC BY 4.0
grid,KE,Kenya,KEN,2024,84.825,,,g/kWh,location_average,life_cycle,Our World in Data/Ember via carbontracker,CC BY 4.0
grid,KG,Kyrgyzstan,KGZ,2024,163.701,,,g/kWh,location_average,life_cycle,Our World in Data/Ember via carbontracker,CC BY 4.0
grid,KH,Cambodia,KHM,2024,497.455,,,g/kWh,location_average,life_cycle,Our World in Data/Ember via carbontracker,CC BY 4.0
grid,KI,Kiribati,KIR,2022,500,,,g/kWh,location_average,life_cycle,Our World in Data/Ember via carbontracker,CC BY 4.0
grid,KM,Comoros,COM,2023,642.857,,,g/kWh,location_average,life_cycle,Our World in Data/Ember via carbontracker,CC BY 4.0
grid,KN,Saint Kitts and Nevis,KNA,2022,636.364,,,g/kWh,location_average,life_cycle,Our World in Data/Ember via carbontracker,CC BY 4.0
grid,KP,North Korea,PRK,2022,344.256,,,g/kWh,location_average,life_cycle,Our World in Data/Ember via carbontracker,CC BY 4.0
grid,KR,South Korea,KOR,2024,414.273,,,g/kWh,location_average,life_cycle,Our World in Data/Ember via carbontracker,CC BY 4.0
grid,KW,Kuwait,KWT,2024,637.235,,,g/kWh,location_average,life_cycle,Our World in Data/Ember via carbontracker,CC BY 4.0
grid,KY,Cayman Islands,CYM,2023,642.857,,,g/kWh,location_average,life_cycle,Our World in Data/Ember via carbontracker,CC BY 4.0
grid,KZ,Kazakhstan,KAZ,2024,801.948,,,g/kWh,location_average,life_cycle,Our World in Data/Ember via carbontracker,CC BY 4.0
grid,LA,Laos,LAO,2023,232.122,,,g/kWh,location_average,life_cycle,Our World in Data/Ember via carbontracker,CC BY 4.0
grid,LB,Lebanon,LBN,2023,369.469,,,g/kWh,location_average,life_cycle,Our World in Data/Ember via carbontracker,CC BY 4.0
grid,LC,Saint Lucia,LCA,2022,650,,,g/kWh,location_average,life_cycle,Our World in Data/Ember via carbontracker,CC BY 4.0
grid,LK,Sri Lanka,LKA,2022,509.781,,,g/kWh,location_average,life_cycle,Our World in Data/Ember via carbontracker,CC BY 4.0
grid,LR,Liberia,LBR,2023,435.897,,,g/kWh,location_average,life_cycle,Our World in Data/Ember via carbontracker,CC BY 4.0
grid,LS,Lesotho,LSO,2022,20.833,,,g/kWh,location_average,life_cycle,Our World in Data/Ember via carbontracker,CC BY 4.0
grid,LT,Lithuania,LTU,2024,139.344,,,g/kWh,location_average,life_cycle,Our World in Data/Ember via carbontracker,CC BY 4.0
grid,LU,Luxembourg,LUX,2024,134.615,,,g/kWh,location_average,life_cycle,Our World in Data/Ember via carbontracker,CC BY 4.0
grid,LV,Latvia,LVA,2024,136.223,,,g/kWh,location_average,life_cycle,Our World in Data/Ember via carbontracker,CC BY 4.0
grid,LY,Libya,LBY,2023,830.533,,,g/kWh,location_average,life_cycle,Our World in Data/Ember via carbontracker,CC BY 4.0
grid,MA,Morocco,MAR,2024,577.651,,,g/kWh,location_average,life_cycle,Our World in Data/Ember via carbontracker,CC BY 4.0
grid,MD,Moldova,MDA,2024,629.559,,,g/kWh,location_average,life_cycle,Our World in Data/Ember via carbontracker,CC BY 4.0
grid,ME,Montenegro,MNE,2024,413.514,,,g/kWh,location_average,life_cycle,Our World in Data/Ember via carbontracker,CC BY 4.0
grid,MG,Madagascar,MDG,2022,477.273,,,g/kWh,location_average,life_cycle,Our World in Data/Ember via carbontracker,CC BY 4.0
grid,MK,North Macedonia,MKD,2024,568.966,,,g/kWh,location_average,life_cycle,Our World in Data/Ember via carbontracker,CC BY 4.0
grid,ML,Mali,MLI,2023,394.495,,,g/kWh,location_average,life_cycle,Our World in Data/Ember via carbontracker,CC BY 4.0
grid,MM,Myanmar,MMR,2024,569.692,,,g/kWh,location_average,life_cycle,Our World in Data/Ember via carbontracker,CC BY 4.0
grid,MN,Mongolia,MNG,2024,784.01,,,g/kWh,location_average,life_cycle,Our World in Data/Ember via carbontracker,CC BY 4.0
grid,MO,Macao,MAC,2022,448.98,,,g/kWh,location_average,life_cycle,Our World in Data/Ember via carbontracker,CC BY 4.0
grid,MQ,Martinique,MTQ,2022,516.779,,,g/kWh,location_average,life_cycle,Our World in Data/Ember via carbontracker,CC BY 4.0
grid,MR,Mauritania,MRT,2022,481.707,,,g/kWh,location_average,life_cycle,Our World in Data/Ember via carbontracker,CC BY 4.0
grid,MS,Montserrat,MSR,2022,1000,,,g/kWh,location_average,life_cycle,Our World in Data/Ember via carbontracker,CC BY 4.0
grid,MT,Malta,MLT,2024,484.163,,,g/kWh,location_average,life_cycle,Our World in Data/Ember via carbontracker,CC BY 4.0
grid,MU,Mauritius,MUS,2023,633.028,,,g/kWh,location_average,life_cycle,Our World in Data/Ember via carbontracker,CC BY 4.0
grid,MV,Maldives,MDV,2023,611.765,,,g/kWh,location_average,life_cycle,Our World in Data/Ember via carbontracker,CC BY 4.0
grid,MW,Malawi,MWI,2022,54.645,,,g/kWh,location_average,life_cycle,Our World in Data/Ember via carbontracker,CC BY 4.0
grid,MX,Mexico,MEX,2024,484.832,,,g/kWh,location_average,life_cycle,Our World in Data/Ember via carbontracker,CC BY 4.0
grid,MY,Malaysia,MYS,2024,604.429,,,g/kWh,location_average,life_cycle,Our World in Data/Ember via carbontracker,CC BY 4.0
grid,MZ,Mozambique,MOZ,2023,127.812,,,g/kWh,location_average,life_cycle,Our World in Data/Ember via carbontracker,CC BY 4.0
grid,NA,Namibia,NAM,2022,59.259,,,g/kWh,location_average,life_cycle,Our World in Data/Ember via codecarbon,CC BY 4.0
grid,NC,New Caledonia,NCL,2022,585.76,,,g/kWh,location_average,life_cycle,Our World in Data/Ember via carbontracker,CC BY 4.0
grid,NE,Niger,NER,2023,687.5,,,g/kWh,location_average,life_cycle,Our World in Data/Ember via carbontracker,CC BY 4.0
grid,NG,Nigeria,NGA,2024,507.849,,,g/kWh,location_average,life_cycle,Our World in Data/Ember via carbontracker,CC BY 4.0
grid,NI,Nicaragua,NIC,2023,288.33,,,g/kWh,location_average,life_cycle,Our World in Data/Ember via carbontracker,CC BY 4.0
grid,NL,Netherlands,NLD,2024,253.312,,,g/kWh,location_average,life_cycle,Our World in Data/Ember via carbontracker,CC BY 4.0
grid,NO,Norway,NOR,2024,30.746,,,g/kWh,location_average,life_cycle,Our World in Data/Ember via carbontracker,CC BY 4.0
grid,NP,Nepal,NPL,2022,23.364,,,g/kWh,location_average,life_cycle,Our World in Data/Ember via carbontracker,CC BY 4.0
grid,NR,Nauru,NRU,2023,750,,,g/kWh,location_average,life_cycle,Our World in Data/Ember via carbontracker,CC BY 4.0
grid,NZ,New Zealand,NZL,2024,120.108,,,g/kWh,location_average,life_cycle,Our World in Data/Ember via carbontracker,CC BY 4.0
grid,OM,Oman,OMN,2024,545.329,,,g/kWh,location_average,life_cycle,Our World in Data/Ember via carbontracker,CC BY 4.0
grid,PA,Panama,PAN,2023,258.741,,,g/kWh,location_average,life_cycle,Our World in Data/Ember via carbontracker,CC BY 4.0
grid,PE,Peru,PER,2024,263.273,,,g/kWh,location_average,life_cycle,Our World in Data/Ember via carbontracker,CC BY 4.0
grid,PF,French Polynesia,PYF,2022,436.62,,,g/kWh,location_average,life_cycle,Our World in Data/Ember via carbontracker,CC BY 4.0
grid,PG,Papua New Guinea,PNG,2023,513.742,,,g/kWh,location_average,life_cycle,Our World in Data/Ember via carbontracker,CC BY 4.0
grid,PH,Philippines,PHL,2024,613.38,,,g/kWh,location_average,life_cycle,Our World in Data/Ember via carbontracker,CC BY 4.0
grid,PK,Pakistan,PAK,2024,398.61,,,g/kWh,location_average,life_cycle,Our World in Data/Ember via carbontracker,CC BY 4.0
grid,PL,Poland,POL,2024,614.982,,,g/kWh,location_average,life_cycle,Our World in Data/Ember via carbontracker,CC BY 4.0
grid,PM,Saint Pierre and Miquelon,SPM,2022,600,,,g/kWh,location_average,life_cycle,Our World in Data/Ember via carbontracker,CC BY 4.0
grid,PR,Puerto Rico,PRI,2024,664.53,,,g/kWh,location_average,life_cycle,Our World in Data/Ember via carbontracker,CC BY 4.0
grid,PS,Palestine,PSE,2022,460.784,,,g/kWh,location_average,life_cycle,Our World in Data/Ember via carbontracker,CC BY 4.0
grid,PT,Portugal,PRT,2024,112.287,,,g/kWh,location_average,life_cycle,Our World in Data/Ember via carbontracker,CC BY 4.0
grid,PY,Paraguay,PRY,2023,24.864,,,g/kWh,location_average,life_cycle,Our World in Data/Ember via carbontracker,CC BY 4.0
grid,QA,Qatar,QAT,2024,602.831,,,g/kWh,location_average,life_cycle,Our World in Data/Ember via carbontracker,CC BY 4.0
grid,RE,Reunion,REU,2022,525.223,,,g/kWh,location_average,life_cycle,Our World in Data/Ember via carbontracker,CC BY 4.0
grid,RO,Romania,ROU,2024,245.554,,,g/kWh,location_average,life_cycle,Our World in Data/Ember via carbontracker,CC BY 4.0
grid,RS,Serbia,SRB,2024,670.797,,,g/kWh,location_average,life_cycle,Our World in Data/Ember via carbontracker,CC BY 4.0
grid,RU,Russia,RUS,2024,449.196,,,g/kWh,location_average,life_cycle,Our World in Data/Ember via carbontracker,CC BY 4.0
grid,RW,Rwanda,RWA,2023,301.887,,,g/kWh,location_average,life_cycle,Our World in Data/Ember via carbontracker,CC BY 4.0
grid,SA,Saudi Arabia,SAU,2023,696.313,,,g/kWh,location_average,life_cycle,Our World in Data/Ember via carbontracker,CC BY 4.0
grid,SB,Solomon Islands,SLB,2023,636.364,,,g/kWh,location_average,life_cycle,Our World in Data/Ember via carbontracker,CC BY 4.0
grid,SC,Seychelles,SYC,2023,571.429,,,g/kWh,location_average,life_cycle,Our World in Data/Ember via carbontracker,CC BY 4.0
grid,SD,Sudan,SDN,2023,214.328,,,g/kWh,location_average,life_cycle,Our World in Data/Ember via carbontracker,CC BY 4.0
grid,SE,Sweden,SWE,2024,35.824,,,g/kWh,location_average,life_cycle,Our World in Data/Ember via carbontracker,CC BY 4.0
grid,SG,Singapore,SGP,2024,498.742,,,g/kWh,location_average,life_cycle,Our World in Data/Ember via carbontracker,CC BY 4.0
grid,SH,Saint Helena,SHN,2022,1000,,,g/kWh,location_average,life_cycle,Our World in Data/Ember via carbontracker,CC BY 4.0
grid,SI,Slovenia,SVN,2024,227.647,,,g/kWh,location_average,life_cycle,Our World in Data/Ember via carbontracker,CC BY 4.0
grid,SK,Slovakia,SVK,2024,96.488,,,g/kWh,location_average,life_cycle,Our World in Data/Ember via carbontracker,CC BY 4.0
grid,SL,Sierra Leone,SLE,2023,47.619,,,g/kWh,location_average,life_cycle,Our World in Data/Ember via carbontracker,CC BY 4.0
grid,SN,Senegal,SEN,2023,535.404,,,g/kWh,location_average,life_cycle,Our World in Data/Ember via carbontracker,CC BY 4.0
grid,SO,Somalia,SOM,2023,523.809,,,g/kWh,location_average,life_cycle,Our World in Data/Ember via carbontracker,CC BY 4.0
grid,SR,Suriname,SUR,2023,383.178,,,g/kWh,location_average,life_cycle,Our World in Data/Ember via carbontracker,CC BY 4.0
grid,SS,South Sudan,SSD,2023,610.17,,,g/kWh,location_average,life_cycle,Our World in Data/Ember via carbontracker,CC BY 4.0
grid,ST,Sao Tome and Principe,STP,2022,555.556,,,g/kWh,location_average,life_cycle,Our World in Data/Ember via carbontracker,CC BY 4.0
grid,SV,El Salvador,SLV,2024,101.562,,,g/kWh,location_average,life_cycle,Our World in Data/Ember via carbontracker,CC BY 4.0
grid,SY,Syria,SYR,2022,682.271,,,g/kWh,location_average,life_cycle,Our World in Data/Ember via carbontracker,CC BY 4.0
grid,SZ,Eswatini,SWZ,2023,142.857,,,g/kWh,location_average,life_cycle,Our World in Data/Ember via carbontracker,CC BY 4.0
grid,TC,Turks and Caicos Islands,TCA,2023,653.846,,,g/kWh,location_average,life_cycle,Our World in Data/Ember via carbontracker,CC BY 4.0
grid,TD,Chad,TCD,2022,615.385,,,g/kWh,location_average,life_cycle,Our World in Data/Ember via carbontracker,CC BY 4.0
grid,TG,Togo,TGO,2023,478.261,,,g/kWh,location_average,life_cycle,Our World in Data/Ember via carbontracker,CC BY 4.0
grid,TH,Thailand,THA,2024,554.498,,,g/kWh,location_average,life_cycle,Our World in Data/Ember via carbontracker,CC BY 4.0
grid,TJ,Tajikistan,TJK,2024,115.878,,,g/kWh,location_average,life_cycle,Our World in Data/Ember via carbontracker,CC BY 4.0
grid,TL,East Timor,TLS,2023,666.667,,,g/kWh,location_average,life_cycle,Our World in Data/Ember via carbontracker,CC BY 4.0
grid,TM,Turkmenistan,TKM,2023,1306.304,,,g/kWh,location_average,life_cycle,Our World in Data/Ember via carbontracker,CC BY 4.0
grid,TN,Tunisia,TUN,2024,560.25,,,g/kWh,location_average,life_cycle,Our World in Data/Ember via carbontracker,CC BY 4.0
grid,TO,Tonga,TON,2023,571.428,,,g/kWh,location_average,life_cycle,Our World in Data/Ember via carbontracker,CC BY 4.0
grid,TR,Turkey,TUR,2024,469.697,,,g/kWh,location_average,life_cycle,Our World in Data/Ember via carbontracker,CC BY 4.0
grid,TT,Trinidad and Tobago,TTO,2023,682.105,,,g/kWh,location_average,life_cycle,Our World in Data/Ember via carbontracker,CC BY 4.0
grid,TW,Taiwan,TWN,2024,635.651,,,g/kWh,location_average,life_cycle,Our World in Data/Ember via carbontracker,CC BY 4.0
grid,TZ,Tanzania,TZA,2023,371.585,,,g/kWh,location_average,life_cycle,Our World in Data/Ember via carbontracker,CC BY 4.0
grid,UA,Ukraine,UKR,2022,256.21,,,g/kWh,location_average,life_cycle,Our World in Data/Ember via carbontracker,CC BY 4.0
grid,UG,Uganda,UGA,2022,57.391,,,g/kWh,location_average,life_cycle,Our World in Data/Ember via carbontracker,CC BY 4.0
grid,US,United States,USA,2024,383.549,,,g/kWh,location_average,life_cycle,Our World in Data/Ember via carbontracker,CC BY 4.0
grid,UY,Uruguay,URY,2024,96.699,,,g/kWh,location_average,life_cycle,Our World in Data/Ember via carbontracker,CC BY 4.0
grid,UZ,Uzbekistan,UZB,2023,1121.18,,,g/kWh,location_average,life_cycle,Our World in Data/Ember via carbontracker,CC BY 4.0
grid,VC,Saint Vincent and the Grenadines,VCT,2023,600,,,g/kWh,location_average,life_cycle,Our World in Data/Ember via carbontracker,CC BY 4.0
grid,VE,Venezuela,VEN,2023,180.251,,,g/kWh,location_average,life_cycle,Our World in Data/Ember via carbontracker,CC BY 4.0
grid,VG,British Virgin Islands,VGB,2023,647.059,,,g/kWh,location_average,life_cycle,Our World in Data/Ember via carbontracker,CC BY 4.0
grid,VI,United States Virgin Islands,VIR,2023,641.791,,,g/kWh,location_average,life_cycle,Our World in Data/Ember via carbontracker,CC BY 4.0
grid,VN,Vietnam,VNM,2024,471.159,,,g/kWh,location_average,life_cycle,Our World in Data/Ember via carbontracker,CC BY 4.0
grid,VU,Vanuatu,VUT,2023,500,,,g/kWh,location_average,life_cycle,Our World in Data/Ember via carbontracker,CC BY 4.0
grid,WS,Samoa,WSM,2023,400,,,g/kWh,location_average,life_cycle,Our World in Data/Ember via carbontracker,CC BY 4.0
grid,YE,Yemen,YEM,2023,586.319,,,g/kWh,location_average,life_cycle,Our World in Data/Ember via carbontracker,CC BY 4.0
grid,ZA,South Africa,ZAF,2024,708.876,,,g/kWh,location_average,life_cycle,Our World in Data/Ember via carbontracker,CC BY 4.0
grid,ZM,Zambia,ZMB,2023,110.997,,,g/kWh,location_average,life_cycle,Our World in Data/Ember via carbontracker,CC BY 4.0
grid,ZW,Zimbabwe,ZWE,2023,298.436,,,g/kWh,location_average,life_cycle,Our World in Data/Ember via carbontracker,CC BY 4.0
grid,aws:af-south-1,South Africa,,,928,,,g/kWh,location_average,,ccf-coefficients (carbonfootprint.com),Apache-2.0
grid,aws:ap-east-1,Hong Kong,,,810,,,g/kWh,location_average,,ccf-coefficients (carbonfootprint.com),Apache-2.0
grid,aws:ap-northeast-1,Japan,,,506,,,g/kWh,location_average,,ccf-coefficients (carbonfootprint.com),Apache-2.0
grid,aws:ap-northeast-2,South Korea,,,500,,,g/kWh,location_average,,ccf-coefficients (carbonfootprint.com),Apache-2.0
grid,aws:ap-northeast-3,Japan,,,506,,,g/kWh,location_average,,ccf-coefficients (carbonfootprint.com),Apache-2.0
grid,aws:ap-south-1,India,,,708,,,g/kWh,location_average,,ccf-coefficients (carbonfootprint.com),Apache-2.0
grid,aws:ap-southeast-1,Singapore,,,408.5,,,g/kWh,location_average,,ccf-coefficients (EMA Singapore),Apache-2.0
grid,aws:ap-southeast-2,Australia,,,790,,,g/kWh,location_average,,ccf-coefficients (carbonfootprint.com),Apache-2.0
grid,aws:ca-central-1,Canada,,,130,,,g/kWh,location_average,,ccf-coefficients (carbonfootprint.com),Apache-2.0
grid,aws:cn-north-1,China,,,555,,,g/kWh,location_average,,ccf-coefficients (carbonfootprint.com),Apache-2.0
grid,aws:cn-northwest-1,China,,,555,,,g/kWh,location_average,,ccf-coefficients (carbonfootprint.com),Apache-2.0
grid,aws:eu-central-1,Germany,,,338,,,g/kWh,location_average,,ccf-coefficients (EEA),Apache-2.0
grid,aws:eu-north-1,Sweden,,,8,,,g/kWh,location_average,,ccf-coefficients (EEA),Apache-2.0
grid,aws:eu-south-1,Italy,,,233,,,g/kWh,location_average,,ccf-coefficients (EEA),Apache-2.0
grid,aws:eu-west-1,Ireland,,,316,,,g/kWh,location_average,,ccf-coefficients (EEA),Apache-2.0
grid,aws:eu-west-2,England,,,228,,,g/kWh,location_average,,ccf-coefficients (EEA),Apache-2.0
grid,aws:eu-west-3,France,,,52,,,g/kWh,location_average,,ccf-coefficients (EEA),Apache-2.0
grid,aws:me-south-1,Bahrain,,,732,,,g/kWh,location_average,,ccf-coefficients (carbonfootprint.com),Apache-2.0
grid,aws:sa-east-1,Brazil,,,74,,,g/kWh,location_average,,ccf-coefficients (carbonfootprint.com),Apache-2.0
grid,aws:us-east-1,United States,,2020,415.755,,,g/kWh,location_average,,ccf-coefficients (EPA),Apache-2.0
grid,aws:us-east-2,United States,,2020,440.187,,,g/kWh,location_average,,ccf-coefficients (EPA),Apache-2.0
grid,aws:us-gov-east-1,United States,,2020,415.755,,,g/kWh,location_average,,ccf-coefficients (EPA),Apache-2.0
grid,aws:us-gov-west-1,United States,,2020,350.861,,,g/kWh,location_average,,ccf-coefficients (EPA),Apache-2.0
grid,aws:us-west-1,United States,,2020,350.861,,,g/kWh,location_average,,ccf-coefficients (EPA),Apache-2.0
grid,aws:us-west-2,United States,,2020,350.861,,,g/kWh,location_average,,ccf-coefficients (EPA),Apache-2.0
grid,azure:Belgium Central,Brussels,,,154,,,g/kWh,location_average,,ccf-coefficients (EEA),Apache-2.0
grid,azure:Central India,Pune,,,708,,,g/kWh,location_average,,ccf-coefficients (carbonfootprint.com),Apache-2.0
grid,azure:Central US,Iowa,,,472.23,,,g/kWh,location_average,,ccf-coefficients (EPA),Apache-2.0
grid,azure:East Asia,Hong Kong,,,810,,,g/kWh,location_average,,ccf-coefficients (carbonfootprint.com),Apache-2.0
grid,azure:East US,Virginia,,,415.755,,,g/kWh,location_average,,ccf-coefficients (EPA),Apache-2.0
grid,azure:East US 2,Virginia,,,415.755,,,g/kWh,location_average,,ccf-coefficients (EPA),Apache-2.0
grid,azure:East US 3,Georgia,,,415.755,,,g/kWh,location_average,,ccf-coefficients (EPA),Apache-2.0
grid,azure:France Central,Paris,,,67,,,g/kWh,location_average,,ccf-coefficients (EEA),Apache-2.0
grid,azure:North Central US,Illinois,,,440.187,,,g/kWh,location_average,,ccf-coefficients (EPA),Apache-2.0
grid,azure:North Europe,Ireland,,,316,,,g/kWh,location_average,,ccf-coefficients (EEA),Apache-2.0
grid,azure:South Central US,Texas,,,396.293,,,g/kWh,location_average,,ccf-coefficients (EPA),Apache-2.0
grid,azure:South India,Chennai,,,708,,,g/kWh,location_average,,ccf-coefficients (carbonfootprint.com),Apache-2.0
grid,azure:Southeast Asia,Singapore,,,408.5,,,g/kWh,location_average,,ccf-coefficients (EMA Singapore),Apache-2.0
grid,azure:Sweden Central,Gavle,,,9,,,g/kWh,location_average,,ccf-coefficients (EEA),Apache-2.0
grid,azure:UK South,London,,,228,,,g/kWh,location_average,,ccf-coefficients (EEA),Apache-2.0
grid,azure:UK West,Cardiff,,,228,,,g/kWh,location_average,,ccf-coefficients (EEA),Apache-2.0
grid,azure:West Central US,Wyoming,,,350.861,,,g/kWh,location_average,,ccf-coefficients (EPA),Apache-2.0
grid,azure:West Europe,Netherlands,,,390,,,g/kWh,location_average,,ccf-coefficients (EEA),Apache-2.0
grid,azure:West India,Mumbai,,,708,,,g/kWh,location_average,,ccf-coefficients (carbonfootprint.com),Apache-2.0
grid,azure:West US,California,,,350.861,,,g/kWh,location_average,,ccf-coefficients (EPA),Apache-2.0
grid,azure:West US 2,Washington,,,350.861,,,g/kWh,location_average,,ccf-coefficients (EPA),Apache-2.0
grid,azure:West US 3,Arizona,,,350.861,,,g/kWh,location_average,,ccf-coefficients (EPA),Apache-2.0
grid,egrid:AKGD,ASCC Alaska Grid,,2022,479.79,,,g/kWh,location_average,combustion,US EPA eGRID summary tables (second-hand),public domain
grid,egrid:AKGD,ASCC Alaska Grid,,2023,410.6,,,g/kWh,location_average,combustion,US EPA eGRID summary tables (second-hand),public domain
grid,egrid:AKMS,ASCC Miscellaneous,,2022,225.65,,,g/kWh,location_average,combustion,US EPA eGRID summary tables (second-hand),public domain
grid,egrid:AKMS,ASCC Miscellaneous,,2023,236.9,,,g/kWh,location_average,combustion,US EPA eGRID summary tables (second-hand),public domain
grid,egrid:AZNM,WECC Southwest,,2022,353.49,,,g/kWh,location_average,combustion,US EPA eGRID summary tables (second-hand),public domain
grid,egrid:AZNM,WECC Southwest,,2023,320.29,,,g/kWh,location_average,combustion,US EPA eGRID summary tables (second-hand),public domain
grid,egrid:CAMX,WECC California,,2022,226.5,,,g/kWh,location_average,combustion,US EPA eGRID summary tables (second-hand),public domain
grid,egrid:CAMX,WECC California,,2023,195.03,,,g/kWh,location_average,combustion,US EPA eGRID summary tables (second-hand),public domain
grid,egrid:ERCT,ERCOT All,,2022,351.22,,,g/kWh,location_average,combustion,US EPA eGRID summary tables (second-hand),public domain
grid,egrid:ERCT,ERCOT All,,2023,334.14,,,g/kWh,location_average,combustion,US EPA eGRID summary tables (second-hand),public domain
grid,egrid:FRCC,FRCC All,,2022,370.49,,,g/kWh,location_average,combustion,US EPA eGRID summary tables (second-hand),public domain
grid,egrid:FRCC,FRCC All,,2023,355.95,,,g/kWh,location_average,combustion,US EPA eGRID summary tables (second-hand),public domain
grid,egrid:HIMS,HICC Miscellaneous,,2022,527.98,,,g/kWh,location_average,combustion,US EPA eGRID summary tables (second-hand),public domain
grid,egrid:HIMS,HICC Miscellaneous,,2023,514.05,,,g/kWh,location_average,combustion,US EPA eGRID summary tables (second-hand),public domain
grid,egrid:HIOA,HICC Oahu,,2022,719.67,,,g/kWh,location_average,combustion,US EPA eGRID summary tables (second-hand),public domain
grid,egrid:HIOA,HICC Oahu,,2023,679.87,,,g/kWh,location_average,combustion,US EPA eGRID summary tables (second-hand),public domain
grid,egrid:MROE,MRO East,,2022,675.12,,,g/kWh,location_average,combustion,US EPA eGRID summary tables (second-hand),public domain
grid,egrid:MROE,MRO East,,2023,637.33,,,g/kWh,location_average,combustion,US EPA eGRID summary tables (second-hand),public domain
grid,egrid:MROW,MRO West,,2022,427.88,,,g/kWh,location_average,combustion,US EPA eGRID summary tables (second-hand),public domain
grid,egrid:MROW,MRO West,,2023,420.28,,,g/kWh,location_average,combustion,US EPA eGRID summary tables (second-hand),public domain
grid,egrid:NEWE,NPCC New England,,2022,245.08,,,g/kWh,location_average,combustion,US EPA eGRID summary tables (second-hand),public domain
grid,egrid:NEWE,NPCC New England,,2023,246.37,,,g/kWh,location_average,combustion,US EPA eGRID summary tables (second-hand),public domain
grid,egrid:NWPP,WECC Northwest,,2022,274.78,,,g/kWh,location_average,combustion,US EPA eGRID summary tables (second-hand),public domain
grid,egrid:NWPP,WECC Northwest,,2023,288.2,,,g/kWh,location_average,combustion,US EPA eGRID summary tables (second-hand),public domain
grid,egrid:NYCW,NPCC NYC/Westchester,,2022,402.19,,,g/kWh,location_average,combustion,US EPA eGRID summary tables (second-hand),public domain
grid,egrid:NYCW,NPCC NYC/Westchester,,2023,392.64,,,g/kWh,location_average,combustion,US EPA eGRID summary tables (second-hand),public domain
grid,egrid:NYLI,NPCC Long Island,,2022,548.51,,,g/kWh,location_average,combustion,US EPA eGRID summary tables (second-hand),public domain
grid,egrid:NYLI,NPCC Long Island,,2023,539.49,,,g/kWh,location_average,combustion,US EPA eGRID summary tables (second-hand),public domain
grid,egrid:NYUP,NPCC Upstate NY,,2022,124.97,,,g/kWh,location_average,combustion,US EPA eGRID summary tables (second-hand),public domain
grid,egrid:NYUP,NPCC Upstate NY,,2023,110.07,,,g/kWh,location_average,combustion,US EPA eGRID summary tables (second-hand),public domain
grid,egrid:PRMS,Puerto Rico Miscellaneous,,2022,725.58,,,g/kWh,location_average,combustion,US EPA eGRID summary tables (second-hand),public domain
grid,egrid:PRMS,Puerto Rico Miscellaneous,,2023,702.35,,,g/kWh,location_average,combustion,US EPA eGRID summary tables (second-hand),public domain
grid,egrid:RFCE,RFC East,,2022,299.48,,,g/kWh,location_average,combustion,US EPA eGRID summary tables (second-hand),public domain
grid,egrid:RFCE,RFC East,,2023,271.81,,,g/kWh,location_average,combustion,US EPA eGRID summary tables (second-hand),public domain
grid,egrid:RFCM,RFC Michigan,,2022,555.15,,,g/kWh,location_average,combustion,US EPA eGRID summary tables (second-hand),public domain
grid,egrid:RFCM,RFC Michigan,,2023,442.75,,,g/kWh,location_average,combustion,US EPA eGRID summary tables (second-hand),public domain
grid,egrid:RFCW,RFC West,,2022,456.16,,,g/kWh,location_average,combustion,US EPA eGRID summary tables (second-hand),public domain
grid,egrid:RFCW,RFC West,,2023,415.52,,,g/kWh,location_average,combustion,US EPA eGRID summary tables (second-hand),public domain
grid,egrid:RMPA,WECC Rockies,,2022,513.21,,,g/kWh,location_average,combustion,US EPA eGRID summary tables (second-hand),public domain
grid,egrid:RMPA,WECC Rockies,,2023,472.9,,,g/kWh,location_average,combustion,US EPA eGRID summary tables (second-hand),public domain
grid,egrid:SPNO,SPP North,,2022,435.03,,,g/kWh,location_average,combustion,US EPA eGRID summary tables (second-hand),public domain
grid,egrid:SPNO,SPP North,,2023,393.54,,,g/kWh,location_average,combustion,US EPA eGRID summary tables (second-hand),public domain
grid,egrid:SPSO,SPP South,,2022,442.28,,,g/kWh,location_average,combustion,US EPA eGRID summary tables (second-hand),public domain
grid,egrid:SPSO,SPP South,,2023,397.2,,,g/kWh,location_average,combustion,US EPA eGRID summary tables (second-hand),public domain
grid,egrid:SRMV,SERC Mississippi Valley,,2022,364.56,,,g/kWh,location_average,combustion,US EPA eGRID summary tables (second-hand),public domain
grid,egrid:SRMV,SERC Mississippi Valley,,2023,336.42,,,g/kWh,location_average,combustion,US EPA eGRID summary tables (second-hand),public domain
grid,egrid:SRMW,SERC Midwest,,2022,625.93,,,g/kWh,location_average,combustion,US EPA eGRID summary tables (second-hand),public domain
grid,egrid:SRMW,SERC Midwest,,2023,566.34,,,g/kWh,location_average,combustion,US EPA eGRID summary tables (second-hand),public domain
grid,egrid:SRSO,SERC South,,2022,407.08,,,g/kWh,location_average,combustion,US EPA eGRID summary tables (second-hand),public domain
grid,egrid:SRSO,SERC South,,2023,383.75,,,g/kWh,location_average,combustion,US EPA eGRID summary tables (second-hand),public domain
grid,egrid:SRTV,SERC Tennessee Valley,,2022,425.72,,,g/kWh,location_average,combustion,US EPA eGRID summary tables (second-hand),public domain
grid,egrid:SRTV,SERC Tennessee Valley,,2023,409.69,,,g/kWh,location_average,combustion,US EPA eGRID summary tables (second-hand),public domain
grid,egrid:SRVC,SERC Virginia/Carolina,,2022,284.02,,,g/kWh,location_average,combustion,US EPA eGRID summary tables (second-hand),public domain
grid,egrid:SRVC,SERC Virginia/Carolina,,2023,270.46,,,g/kWh,location_average,combustion,US EPA eGRID summary tables (second-hand),public domain
grid,egrid:US,US Average,,2022,375.29,,,g/kWh,location_average,combustion,US EPA eGRID summary tables (second-hand),public domain
grid,egrid:US,US Average,,2023,349.69,,,g/kWh,location_average,combustion,US EPA eGRID summary tables (second-hand),public domain
grid,gcp:africa-south1,Johannesburg,,2023,646,,,g/kWh,location_average,,GoogleCloudPlatform/region-carbon-info,Apache-2.0
grid,gcp:africa-south1,Johannesburg,,2024,656.85,,,g/kWh,location_average,,GoogleCloudPlatform/region-carbon-info,Apache-2.0
grid,gcp:asia-east1,Taiwan,,2019,541,,,g/kWh,location_average,,GoogleCloudPlatform/region-carbon-info,Apache-2.0
grid,gcp:asia-east1,Taiwan,,2020,540,,,g/kWh,location_average,,GoogleCloudPlatform/region-carbon-info,Apache-2.0
grid,gcp:asia-east1,Taiwan,,2021,456,,,g/kWh,location_average,,GoogleCloudPlatform/region-carbon-info,Apache-2.0
grid,gcp:asia-east1,Taiwan,,2022,453,,,g/kWh,location_average,,GoogleCloudPlatform/region-carbon-info,Apache-2.0
grid,gcp:asia-east1,Taiwan,,2023,451,,,g/kWh,location_average,,GoogleCloudPlatform/region-carbon-info,Apache-2.0
grid,gcp:asia-east1,Taiwan,,2024,439.29,,,g/kWh,location_average,,GoogleCloudPlatform/region-carbon-info,Apache-2.0
grid,gcp:asia-east2,Hong Kong,,2019,506,,,g/kWh,location_average,,GoogleCloudPlatform/region-carbon-info,Apache-2.0
grid,gcp:asia-east2,Hong Kong,,2020,453,,,g/kWh,location_average,,GoogleCloudPlatform/region-carbon-info,Apache-2.0
grid,gcp:asia-east2,Hong Kong,,2021,360,,,g/kWh,location_average,,GoogleCloudPlatform/region-carbon-info,Apache-2.0
grid,gcp:asia-east2,Hong Kong,,2022,360,,,g/kWh,location_average,,GoogleCloudPlatform/region-carbon-info,Apache-2.0
grid,gcp:asia-east2,Hong Kong,,2023,360,,,g/kWh,location_average,,GoogleCloudPlatform/region-carbon-info,Apache-2.0
grid,gcp:asia-east2,Hong Kong,,2024,505.02,,,g/kWh,location_average,,GoogleCloudPlatform/region-carbon-info,Apache-2.0
grid,gcp:asia-northeast1,Tokyo,,2019,569,,,g/kWh,location_average,,GoogleCloudPlatform/region-carbon-info,Apache-2.0
grid,gcp:asia-northeast1,Tokyo,,2020,554,,,g/kWh,location_average,,GoogleCloudPlatform/region-carbon-info,Apache-2.0
grid,gcp:asia-northeast1,Tokyo,,2021,464,,,g/kWh,location_average,,GoogleCloudPlatform/region-carbon-info,Apache-2.0
grid,gcp:asia-northeast1,Tokyo,,2022,463,,,g/kWh,location_average,,GoogleCloudPlatform/region-carbon-info,Apache-2.0
grid,gcp:asia-northeast1,Tokyo,,2023,459,,,g/kWh,location_average,,GoogleCloudPlatform/region-carbon-info,Apache-2.0
grid,gcp:asia-northeast1,Tokyo,,2024,452.85,,,g/kWh,location_average,,GoogleCloudPlatform/region-carbon-info,Apache-2.0
grid,gcp:asia-northeast2,Osaka,,2019,414,,,g/kWh,location_average,,GoogleCloudPlatform/region-carbon-info,Apache-2.0
grid,gcp:asia-northeast2,Osaka,,2020,442,,,g/kWh,location_average,,GoogleCloudPlatform/region-carbon-info,Apache-2.0
grid,gcp:asia-northeast2,Osaka,,2021,384,,,g/kWh,location_average,,GoogleCloudPlatform/region-carbon-info,Apache-2.0
grid,gcp:asia-northeast2,Osaka,,2022,383,,,g/kWh,location_average,,GoogleCloudPlatform/region-carbon-info,Apache-2.0
grid,gcp:asia-northeast2,Osaka,,2023,385,,,g/kWh,location_average,,GoogleCloudPlatform/region-carbon-info,Apache-2.0
grid,gcp:asia-northeast2,Osaka,,2024,296.19,,,g/kWh,location_average,,GoogleCloudPlatform/region-carbon-info,Apache-2.0
grid,gcp:asia-northeast3,Seoul,,2019,490,,,g/kWh,location_average,,GoogleCloudPlatform/region-carbon-info,Apache-2.0
grid,gcp:asia-northeast3,Seoul,,2020,457,,,g/kWh,location_average,,GoogleCloudPlatform/region-carbon-info,Apache-2.0
grid,gcp:asia-northeast3,Seoul,,2021,425,,,g/kWh,location_average,,GoogleCloudPlatform/region-carbon-info,Apache-2.0
grid,gcp:asia-northeast3,Seoul,,2022,425,,,g/kWh,location_average,,GoogleCloudPlatform/region-carbon-info,Apache-2.0
grid,gcp:asia-northeast3,Seoul,,2023,378,,,g/kWh,location_average,,GoogleCloudPlatform/region-carbon-info,Apache-2.0
grid,gcp:asia-northeast3,Seoul,,2024,356.57,,,g/kWh,location_average,,GoogleCloudPlatform/region-carbon-info,Apache-2.0
grid,gcp:asia-south1,Mumbai,,2019,752,,,g/kWh,location_average,,GoogleCloudPlatform/region-carbon-info,Apache-2.0
grid,gcp:asia-south1,Mumbai,,2020,721,,,g/kWh,location_average,,GoogleCloudPlatform/region-carbon-info,Apache-2.0
grid,gcp:asia-south1,Mumbai,,2021,670,,,g/kWh,location_average,,GoogleCloudPlatform/region-carbon-info,Apache-2.0
grid,gcp:asia-south1,Mumbai,,2022,555,,,g/kWh,location_average,,GoogleCloudPlatform/region-carbon-info,Apache-2.0
grid,gcp:asia-south1,Mumbai,,2023,648,,,g/kWh,location_average,,GoogleCloudPlatform/region-carbon-info,Apache-2.0
grid,gcp:asia-south1,Mumbai,,2024,678.76,,,g/kWh,location_average,,GoogleCloudPlatform/region-carbon-info,Apache-2.0
grid,gcp:asia-south2,Delhi,,2020,657,,,g/kWh,location_average,,GoogleCloudPlatform/region-carbon-info,Apache-2.0
grid,gcp:asia-south2,Delhi,,2021,671,,,g/kWh,location_average,,GoogleCloudPlatform/region-carbon-info,Apache-2.0
grid,gcp:asia-south2,Delhi,,2022,632,,,g/kWh,location_average,,GoogleCloudPlatform/region-carbon-info,Apache-2.0
grid,gcp:asia-south2,Delhi,,2023,529,,,g/kWh,location_average,,GoogleCloudPlatform/region-carbon-info,Apache-2.0
grid,gcp:asia-south2,Delhi,,2024,531.83,,,g/kWh,location_average,,GoogleCloudPlatform/region-carbon-info,Apache-2.0
grid,gcp:asia-southeast1,Singapore,,2019,493,,,g/kWh,location_average,,GoogleCloudPlatform/region-carbon-info,Apache-2.0
grid,gcp:asia-southeast1,Singapore,,2020,493,,,g/kWh,location_average,,GoogleCloudPlatform/region-carbon-info,Apache-2.0
grid,gcp:asia-southeast1,Singapore,,2021,372,,,g/kWh,location_average,,GoogleCloudPlatform/region-carbon-info,Apache-2.0
grid,gcp:asia-southeast1,Singapore,,2022,372,,,g/kWh,location_average,,GoogleCloudPlatform/region-carbon-info,Apache-2.0
grid,gcp:asia-southeast1,Singapore,,2023,369,,,g/kWh,location_average,,GoogleCloudPlatform/region-carbon-info,Apache-2.0
grid,gcp:asia-southeast1,Singapore,,2024,366.85,,,g/kWh,location_average,,GoogleCloudPlatform/region-carbon-info,Apache-2.0
grid,gcp:asia-southeast2,Jakarta,,2019,647,,,g/kWh,location_average,,GoogleCloudPlatform/region-carbon-info,Apache-2.0
grid,gcp:asia-southeast2,Jakarta,,2020,647,,,g/kWh,location_average,,GoogleCloudPlatform/region-carbon-info,Apache-2.0
grid,gcp:asia-southeast2,Jakarta,,2021,580,,,g/kWh,location_average,,GoogleCloudPlatform/region-carbon-info,Apache-2.0
grid,gcp:asia-southeast2,Jakarta,,2022,580,,,g/kWh,location_average,,GoogleCloudPlatform/region-carbon-info,Apache-2.0
grid,gcp:asia-southeast2,Jakarta,,2023,580,,,g/kWh,location_average,,GoogleCloudPlatform/region-carbon-info,Apache-2.0
grid,gcp:asia-southeast2,Jakarta,,2024,560.55,,,g/kWh,location_average,,GoogleCloudPlatform/region-carbon-info,Apache-2.0
grid,gcp:australia-southeast1,Sydney,,2019,725,,,g/kWh,location_average,,GoogleCloudPlatform/region-carbon-info,Apache-2.0
grid,gcp:australia-southeast1,Sydney,,2020,727,,,g/kWh,location_average,,GoogleCloudPlatform/region-carbon-info,Apache-2.0
grid,gcp:australia-southeast1,Sydney,,2021,598,,,g/kWh,location_average,,GoogleCloudPlatform/region-carbon-info,Apache-2.0
grid,gcp:australia-southeast1,Sydney,,2022,538,,,g/kWh,location_average,,GoogleCloudPlatform/region-carbon-info,Apache-2.0
grid,gcp:australia-southeast1,Sydney,,2023,501,,,g/kWh,location_average,,GoogleCloudPlatform/region-carbon-info,Apache-2.0
grid,gcp:australia-southeast1,Sydney,,2024,497.5,,,g/kWh,location_average,,GoogleCloudPlatform/region-carbon-info,Apache-2.0
grid,gcp:australia-southeast2,Melbourne,,2020,691,,,g/kWh,location_average,,GoogleCloudPlatform/region-carbon-info,Apache-2.0
grid,gcp:australia-southeast2,Melbourne,,2021,521,,,g/kWh,location_average,,GoogleCloudPlatform/region-carbon-info,Apache-2.0
grid,gcp:australia-southeast2,Melbourne,,2022,490,,,g/kWh,location_average,,GoogleCloudPlatform/region-carbon-info,Apache-2.0
grid,gcp:australia-southeast2,Melbourne,,2023,456,,,g/kWh,location_average,,GoogleCloudPlatform/region-carbon-info,Apache-2.0
grid,gcp:australia-southeast2,Melbourne,,2024,454.37,,,g/kWh,location_average,,GoogleCloudPlatform/region-carbon-info,Apache-2.0
grid,gcp:europe-central2,Warsaw,,2020,622,,,g/kWh,location_average,,GoogleCloudPlatform/region-carbon-info,Apache-2.0
grid,gcp:europe-central2,Warsaw,,2021,576,,,g/kWh,location_average,,GoogleCloudPlatform/region-carbon-info,Apache-2.0
grid,gcp:europe-central2,Warsaw,,2022,738,,,g/kWh,location_average,,GoogleCloudPlatform/region-carbon-info,Apache-2.0
grid,gcp:europe-central2,Warsaw,,2023,723,,,g/kWh,location_average,,GoogleCloudPlatform/region-carbon-info,Apache-2.0
grid,gcp:europe-central2,Warsaw,,2024,642.88,,,g/kWh,location_average,,GoogleCloudPlatform/region-carbon-info,Apache-2.0
grid,gcp:europe-north1,Finland,,2019,181,,,g/kWh,location_average,,GoogleCloudPlatform/region-carbon-info,Apache-2.0
grid,gcp:europe-north1,Finland,,2020,133,,,g/kWh,location_average,,GoogleCloudPlatform/region-carbon-info,Apache-2.0
grid,gcp:europe-north1,Finland,,2021,127,,,g/kWh,location_average,,GoogleCloudPlatform/region-carbon-info,Apache-2.0
grid,gcp:europe-north1,Finland,,2022,112,,,g/kWh,location_average,,GoogleCloudPlatform/region-carbon-info,Apache-2.0
grid,gcp:europe-north1,Finland,,2023,46,,,g/kWh,location_average,,GoogleCloudPlatform/region-carbon-info,Apache-2.0
grid,gcp:europe-north1,Finland,,2024,39.32,,,g/kWh,location_average,,GoogleCloudPlatform/region-carbon-info,Apache-2.0
grid,gcp:europe-north2,Stockholm,,2024,2.73,,,g/kWh,location_average,,GoogleCloudPlatform/region-carbon-info,Apache-2.0
grid,gcp:europe-southwest1,Madrid,,2021,121,,,g/kWh,location_average,,GoogleCloudPlatform/region-carbon-info,Apache-2.0
grid,gcp:europe-southwest1,Madrid,,2022,160,,,g/kWh,location_average,,GoogleCloudPlatform/region-carbon-info,Apache-2.0
grid,gcp:europe-southwest1,Madrid,,2023,131,,,g/kWh,location_average,,GoogleCloudPlatform/region-carbon-info,Apache-2.0
grid,gcp:europe-southwest1,Madrid,,2024,89.04,,,g/kWh,location_average,,GoogleCloudPlatform/region-carbon-info,Apache-2.0
grid,gcp:europe-west1,Belgium,,2019,196,,,g/kWh,location_average,,GoogleCloudPlatform/region-carbon-info,Apache-2.0
grid,gcp:europe-west1,Belgium,,2020,212,,,g/kWh,location_average,,GoogleCloudPlatform/region-carbon-info,Apache-2.0
grid,gcp:europe-west1,Belgium,,2021,110,,,g/kWh,location_average,,GoogleCloudPlatform/region-carbon-info,Apache-2.0
grid,gcp:europe-west1,Belgium,,2022,123,,,g/kWh,location_average,,GoogleCloudPlatform/region-carbon-info,Apache-2.0
grid,gcp:europe-west1,Belgium,,2023,122,,,g/kWh,location_average,,GoogleCloudPlatform/region-carbon-info,Apache-2.0
grid,gcp:europe-west1,Belgium,,2024,103.37,,,g/kWh,location_average,,GoogleCloudPlatform/region-carbon-info,Apache-2.0
grid,gcp:europe-west10,Berlin,,2023,345,,,g/kWh,location_average,,GoogleCloudPlatform/region-carbon-info,Apache-2.0
grid,gcp:europe-west10,Berlin,,2024,275.82,,,g/kWh,location_average,,GoogleCloudPlatform/region-carbon-info,Apache-2.0
grid,gcp:europe-west12,Turin,,2022,323,,,g/kWh,location_average,,GoogleCloudPlatform/region-carbon-info,Apache-2.0
grid,gcp:europe-west12,Turin,,2023,249,,,g/kWh,location_average,,GoogleCloudPlatform/region-carbon-info,Apache-2.0
grid,gcp:europe-west12,Turin,,2024,201.69,,,g/kWh,location_average,,GoogleCloudPlatform/region-carbon-info,Apache-2.0
grid,gcp:europe-west2,London,,2019,257,,,g/kWh,location_average,,GoogleCloudPlatform/region-carbon-info,Apache-2.0
grid,gcp:europe-west2,London,,2020,231,,,g/kWh,location_average,,GoogleCloudPlatform/region-carbon-info,Apache-2.0
grid,gcp:europe-west2,London,,2021,172,,,g/kWh,location_average,,GoogleCloudPlatform/region-carbon-info,Apache-2.0
grid,gcp:europe-west2,London,,2022,166,,,g/kWh,location_average,,GoogleCloudPlatform/region-carbon-info,Apache-2.0
grid,gcp:europe-west2,London,,2023,136,,,g/kWh,location_average,,GoogleCloudPlatform/region-carbon-info,Apache-2.0
grid,gcp:europe-west2,London,,2024,105.94,,,g/kWh,location_average,,GoogleCloudPlatform/region-carbon-info,Apache-2.0
grid,gcp:europe-west3,Frankfurt,,2019,319,,,g/kWh,location_average,,GoogleCloudPlatform/region-carbon-info,Apache-2.0
grid,gcp:europe-west3,Frankfurt,,2020,293,,,g/kWh,location_average,,GoogleCloudPlatform/region-carbon-info,Apache-2.0
grid,gcp:europe-west3,Frankfurt,,2021,269,,,g/kWh,location_average,,GoogleCloudPlatform/region-carbon-info,Apache-2.0
grid,gcp:europe-west3,Frankfurt,,2022,413,,,g/kWh,location_average,,GoogleCloudPlatform/region-carbon-info,Apache-2.0
grid,gcp:europe-west3,Frankfurt,,2023,345,,,g/kWh,location_average,,GoogleCloudPlatform/region-carbon-info,Apache-2.0
grid,gcp:europe-west3,Frankfurt,,2024,275.82,,,g/kWh,location_average,,GoogleCloudPlatform/region-carbon-info,Apache-2.0
grid,gcp:europe-west4,Netherlands,,2019,474,,,g/kWh,location_average,,GoogleCloudPlatform/region-carbon-info,Apache-2.0
grid,gcp:europe-west4,Netherlands,,2020,410,,,g/kWh,location_average,,GoogleCloudPlatform/region-carbon-info,Apache-2.0
grid,gcp:europe-west4,Netherlands,,2021,283,,,g/kWh,location_average,,GoogleCloudPlatform/region-carbon-info,Apache-2.0
grid,gcp:europe-west4,Netherlands,,2022,317,,,g/kWh,location_average,,GoogleCloudPlatform/region-carbon-info,Apache-2.0
grid,gcp:europe-west4,Netherlands,,2023,236,,,g/kWh,location_average,,GoogleCloudPlatform/region-carbon-info,Apache-2.0
grid,gcp:europe-west4,Eemshaven,,2024,208.81,,,g/kWh,location_average,,GoogleCloudPlatform/region-carbon-info,Apache-2.0
grid,gcp:europe-west6,Zurich,,2019,87,,,g/kWh,location_average,,GoogleCloudPlatform/region-carbon-info,Apache-2.0
grid,gcp:europe-west6,Zurich,,2020,87,,,g/kWh,location_average,,GoogleCloudPlatform/region-carbon-info,Apache-2.0
grid,gcp:europe-west6,Zurich,,2021,86,,,g/kWh,location_average,,GoogleCloudPlatform/region-carbon-info,Apache-2.0
grid,gcp:europe-west6,Zurich,,2022,118,,,g/kWh,location_average,,GoogleCloudPlatform/region-carbon-info,Apache-2.0
grid,gcp:europe-west6,Zurich,,2023,59,,,g/kWh,location_average,,GoogleCloudPlatform/region-carbon-info,Apache-2.0
grid,gcp:europe-west6,Zürich,,2024,15.05,,,g/kWh,location_average,,GoogleCloudPlatform/region-carbon-info,Apache-2.0
grid,gcp:europe-west8,Milan,,2021,298,,,g/kWh,location_average,,GoogleCloudPlatform/region-carbon-info,Apache-2.0
grid,gcp:europe-west8,Milan,,2022,323,,,g/kWh,location_average,,GoogleCloudPlatform/region-carbon-info,Apache-2.0
grid,gcp:europe-west8,Milan,,2023,249,,,g/kWh,location_average,,GoogleCloudPlatform/region-carbon-info,Apache-2.0
grid,gcp:europe-west8,Milan,,2024,201.69,,,g/kWh,location_average,,GoogleCloudPlatform/region-carbon-info,Apache-2.0
grid,gcp:europe-west9,Paris,,2021,59,,,g/kWh,location_average,,GoogleCloudPlatform/region-carbon-info,Apache-2.0
grid,gcp:europe-west9,Paris,,2022,71,,,g/kWh,location_average,,GoogleCloudPlatform/region-carbon-info,Apache-2.0
grid,gcp:europe-west9,Paris,,2023,34,,,g/kWh,location_average,,GoogleCloudPlatform/region-carbon-info,Apache-2.0
grid,gcp:europe-west9,Paris,,2024,16.3,,,g/kWh,location_average,,GoogleCloudPlatform/region-carbon-info,Apache-2.0
grid,gcp:me-central1,Doha,,2023,575,,,g/kWh,location_average,,GoogleCloudPlatform/region-carbon-info,Apache-2.0
grid,gcp:me-central1,Doha,,2024,366,,,g/kWh,location_average,,GoogleCloudPlatform/region-carbon-info,Apache-2.0
grid,gcp:me-central2,Dammam,,2023,569,,,g/kWh,location_average,,GoogleCloudPlatform/region-carbon-info,Apache-2.0
grid,gcp:me-central2,Dammam,,2024,382.23,,,g/kWh,location_average,,GoogleCloudPlatform/region-carbon-info,Apache-2.0
grid,gcp:me-west1,Tel Aviv,,2022,476,,,g/kWh,location_average,,GoogleCloudPlatform/region-carbon-info,Apache-2.0
grid,gcp:me-west1,Tel Aviv,,2023,463,,,g/kWh,location_average,,GoogleCloudPlatform/region-carbon-info,Apache-2.0
grid,gcp:me-west1,Tel Aviv,,2024,433.75,,,g/kWh,location_average,,GoogleCloudPlatform/region-carbon-info,Apache-2.0
grid,gcp:northamerica-northeast1,Montreal,,2019,27,,,g/kWh,location_average,,GoogleCloudPlatform/region-carbon-info,Apache-2.0
grid,gcp:northamerica-northeast1,Montréal,,2020,27,,,g/kWh,location_average,,GoogleCloudPlatform/region-carbon-info,Apache-2.0
grid,gcp:northamerica-northeast1,Montréal,,2023,2,,,g/kWh,location_average,,GoogleCloudPlatform/region-carbon-info,Apache-2.0
grid,gcp:northamerica-northeast1,Montréal,,2024,5.48,,,g/kWh,location_average,,GoogleCloudPlatform/region-carbon-info,Apache-2.0
grid,gcp:northamerica-northeast2,Toronto,,2021,29,,,g/kWh,location_average,,GoogleCloudPlatform/region-carbon-info,Apache-2.0
grid,gcp:northamerica-northeast2,Toronto,,2022,36,,,g/kWh,location_average,,GoogleCloudPlatform/region-carbon-info,Apache-2.0
grid,gcp:northamerica-northeast2,Toronto,,2023,47,,,g/kWh,location_average,,GoogleCloudPlatform/region-carbon-info,Apache-2.0
grid,gcp:northamerica-northeast2,Toronto,,2024,58.56,,,g/kWh,location_average,,GoogleCloudPlatform/region-carbon-info,Apache-2.0
grid,gcp:northamerica-south1,Mexico,,2024,305,,,g/kWh,location_average,,GoogleCloudPlatform/region-carbon-info,Apache-2.0
grid,gcp:southamerica-east1,Sao Paulo,,2019,109,,,g/kWh,location_average,,GoogleCloudPlatform/region-carbon-info,Apache-2.0
grid,gcp:southamerica-east1,São Paulo,,2020,103,,,g/kWh,location_average,,GoogleCloudPlatform/region-carbon-info,Apache-2.0
grid,gcp:southamerica-east1,São Paulo,,2021,129,,,g/kWh,location_average,,GoogleCloudPlatform/region-carbon-info,Apache-2.0
grid,gcp:southamerica-east1,São Paulo,,2022,65,,,g/kWh,location_average,,GoogleCloudPlatform/region-carbon-info,Apache-2.0
grid,gcp:southamerica-east1,Sāo Paulo,,2023,56,,,g/kWh,location_average,,GoogleCloudPlatform/region-carbon-info,Apache-2.0
grid,gcp:southamerica-east1,Sāo Paulo,,2024,67.32,,,g/kWh,location_average,,GoogleCloudPlatform/region-carbon-info,Apache-2.0
grid,gcp:southamerica-west1,Santiago,,2021,190,,,g/kWh,location_average,,GoogleCloudPlatform/region-carbon-info,Apache-2.0
grid,gcp:southamerica-west1,Santiago,,2022,165,,,g/kWh,location_average,,GoogleCloudPlatform/region-carbon-info,Apache-2.0
grid,gcp:southamerica-west1,Santiago,,2023,138,,,g/kWh,location_average,,GoogleCloudPlatform/region-carbon-info,Apache-2.0
grid,gcp:southamerica-west1,Santiago,,2024,238,,,g/kWh,location_average,,GoogleCloudPlatform/region-carbon-info,Apache-2.0
grid,gcp:us-central1,Iowa,,2019,479,,,g/kWh,location_average,,GoogleCloudPlatform/region-carbon-info,Apache-2.0
grid,gcp:us-central1,Iowa,,2020,454,,,g/kWh,location_average,,GoogleCloudPlatform/region-carbon-info,Apache-2.0
grid,gcp:us-central1,Iowa,,2021,394,,,g/kWh,location_average,,GoogleCloudPlatform/region-carbon-info,Apache-2.0
grid,gcp:us-central1,Iowa,,2022,460,,,g/kWh,location_average,,GoogleCloudPlatform/region-carbon-info,Apache-2.0
grid,gcp:us-central1,Iowa,,2023,430,,,g/kWh,location_average,,GoogleCloudPlatform/region-carbon-info,Apache-2.0
grid,gcp:us-central1,Iowa,,2024,412.72,,,g/kWh,location_average,,GoogleCloudPlatform/region-carbon-info,Apache-2.0
grid,gcp:us-central2,Oklahoma,,2024,372.23,,,g/kWh,location_average,,GoogleCloudPlatform/region-carbon-info,Apache-2.0
grid,gcp:us-east1,South Carolina,,2019,500,,,g/kWh,location_average,,GoogleCloudPlatform/region-carbon-info,Apache-2.0
grid,gcp:us-east1,South Carolina,,2020,480,,,g/kWh,location_average,,GoogleCloudPlatform/region-carbon-info,Apache-2.0
grid,gcp:us-east1,South Carolina,,2021,434,,,g/kWh,location_average,,GoogleCloudPlatform/region-carbon-info,Apache-2.0
grid,gcp:us-east1,South Carolina,,2022,532,,,g/kWh,location_average,,GoogleCloudPlatform/region-carbon-info,Apache-2.0
grid,gcp:us-east1,South Carolina,,2023,560,,,g/kWh,location_average,,GoogleCloudPlatform/region-carbon-info,Apache-2.0
grid,gcp:us-east1,South Carolina,,2024,575.77,,,g/kWh,location_average,,GoogleCloudPlatform/region-carbon-info,Apache-2.0
grid,gcp:us-east2,Georgia,,2024,340.42,,,g/kWh,location_average,,GoogleCloudPlatform/region-carbon-info,Apache-2.0
grid,gcp:us-east4,Northern Virginia,,2019,383,,,g/kWh,location_average,,GoogleCloudPlatform/region-carbon-info,Apache-2.0
grid,gcp:us-east4,Northern Virginia,,2020,361,,,g/kWh,location_average,,GoogleCloudPlatform/region-carbon-info,Apache-2.0
grid,gcp:us-east4,Northern Virginia,,2021,309,,,g/kWh,location_average,,GoogleCloudPlatform/region-carbon-info,Apache-2.0
grid,gcp:us-east4,Northern Virginia,,2022,354,,,g/kWh,location_average,,GoogleCloudPlatform/region-carbon-info,Apache-2.0
grid,gcp:us-east4,Northern Virginia,,2023,322,,,g/kWh,location_average,,GoogleCloudPlatform/region-carbon-info,Apache-2.0
grid,gcp:us-east4,Northern Virginia,,2024,323.05,,,g/kWh,location_average,,GoogleCloudPlatform/region-carbon-info,Apache-2.0
grid,gcp:us-east5,Columbus,,2021,309,,,g/kWh,location_average,,GoogleCloudPlatform/region-carbon-info,Apache-2.0
grid,gcp:us-east5,Columbus,,2022,354,,,g/kWh,location_average,,GoogleCloudPlatform/region-carbon-info,Apache-2.0
grid,gcp:us-east5,Columbus,,2023,322,,,g/kWh,location_average,,GoogleCloudPlatform/region-carbon-info,Apache-2.0
grid,gcp:us-east5,Columbus,,2024,323.05,,,g/kWh,location_average,,GoogleCloudPlatform/region-carbon-info,Apache-2.0
grid,gcp:us-south1,Dallas,,2021,296,,,g/kWh,location_average,,GoogleCloudPlatform/region-carbon-info,Apache-2.0
grid,gcp:us-south1,Dallas,,2022,342,,,g/kWh,location_average,,GoogleCloudPlatform/region-carbon-info,Apache-2.0
grid,gcp:us-south1,Dallas,,2023,321,,,g/kWh,location_average,,GoogleCloudPlatform/region-carbon-info,Apache-2.0
grid,gcp:us-south1,Dallas,,2024,302.95,,,g/kWh,location_average,,GoogleCloudPlatform/region-carbon-info,Apache-2.0
grid,gcp:us-west1,Oregon,,2019,117,,,g/kWh,location_average,,GoogleCloudPlatform/region-carbon-info,Apache-2.0
grid,gcp:us-west1,Oregon,,2020,78,,,g/kWh,location_average,,GoogleCloudPlatform/region-carbon-info,Apache-2.0
grid,gcp:us-west1,Oregon,,2021,60,,,g/kWh,location_average,,GoogleCloudPlatform/region-carbon-info,Apache-2.0
grid,gcp:us-west1,Oregon,,2022,67,,,g/kWh,location_average,,GoogleCloudPlatform/region-carbon-info,Apache-2.0
grid,gcp:us-west1,Oregon,,2023,94,,,g/kWh,location_average,,GoogleCloudPlatform/region-carbon-info,Apache-2.0
grid,gcp:us-west1,Oregon,,2024,79.23,,,g/kWh,location_average,,GoogleCloudPlatform/region-carbon-info,Apache-2.0
grid,gcp:us-west2,Los Angeles,,2019,248,,,g/kWh,location_average,,GoogleCloudPlatform/region-carbon-info,Apache-2.0
grid,gcp:us-west2,Los Angeles,,2020,253,,,g/kWh,location_average,,GoogleCloudPlatform/region-carbon-info,Apache-2.0
grid,gcp:us-west2,Los Angeles,,2021,190,,,g/kWh,location_average,,GoogleCloudPlatform/region-carbon-info,Apache-2.0
grid,gcp:us-west2,Los Angeles,,2022,202,,,g/kWh,location_average,,GoogleCloudPlatform/region-carbon-info,Apache-2.0
grid,gcp:us-west2,Los Angeles,,2023,198,,,g/kWh,location_average,,GoogleCloudPlatform/region-carbon-info,Apache-2.0
grid,gcp:us-west2,Los Angeles,,2024,169.28,,,g/kWh,location_average,,GoogleCloudPlatform/region-carbon-info,Apache-2.0
grid,gcp:us-west3,Salt Lake City,,2019,561,,,g/kWh,location_average,,GoogleCloudPlatform/region-carbon-info,Apache-2.0
grid,gcp:us-west3,Salt Lake City,,2020,533,,,g/kWh,location_average,,GoogleCloudPlatform/region-carbon-info,Apache-2.0
grid,gcp:us-west3,Salt Lake City,,2021,448,,,g/kWh,location_average,,GoogleCloudPlatform/region-carbon-info,Apache-2.0
grid,gcp:us-west3,Salt Lake City,,2022,606,,,g/kWh,location_average,,GoogleCloudPlatform/region-carbon-info,Apache-2.0
grid,gcp:us-west3,Salt Lake City,,2023,588,,,g/kWh,location_average,,GoogleCloudPlatform/region-carbon-info,Apache-2.0
grid,gcp:us-west3,Salt Lake City,,2024,555.17,,,g/kWh,location_average,,GoogleCloudPlatform/region-carbon-info,Apache-2.0
grid,gcp:us-west4,Las Vegas,,2019,491,,,g/kWh,location_average,,GoogleCloudPlatform/region-carbon-info,Apache-2.0
grid,gcp:us-west4,Las Vegas,,2020,455,,,g/kWh,location_average,,GoogleCloudPlatform/region-carbon-info,Apache-2.0
grid,gcp:us-west4,Las Vegas,,2021,365,,,g/kWh,location_average,,GoogleCloudPlatform/region-carbon-info,Apache-2.0
grid,gcp:us-west4,Las Vegas,,2022,396,,,g/kWh,location_average,,GoogleCloudPlatform/region-carbon-info,Apache-2.0
grid,gcp:us-west4,Las Vegas,,2023,373,,,g/kWh,location_average,,GoogleCloudPlatform/region-carbon-info,Apache-2.0
grid,gcp:us-west4,Las Vegas,,2024,357.3,,,g/kWh,location_average,,GoogleCloudPlatform/region-carbon-info,Apache-2.0
peak_fp16,AMD Instinct MI300X,AMD Instinct MI300X,,,1307.4,,,TFLOPS,,,Epoch AI ML hardware,CC BY 4.0
peak_fp16,AMD Instinct MI325X,AMD Instinct MI325X,,,1307.4,,,TFLOPS,,,Epoch AI ML hardware,CC BY 4.0
peak_fp16,AMD Radeon Instinct MI250X,AMD Radeon Instinct MI250X,,,383,,,TFLOPS,,,Epoch AI ML hardware,CC BY 4.0
peak_fp16,NVIDIA A100 SXM4 40 GB,NVIDIA A100 SXM4 40 GB,NVIDIA A100-SXM4-40GB|A100-SXM4-40GB,,312,,,TFLOPS,,,Epoch AI ML hardware,CC BY 4.0
peak_fp16,NVIDIA A100 SXM4 80 GB,NVIDIA A100 SXM4 80 GB,NVIDIA A100-SXM4-80GB|A100-SXM4-80GB,,312,,,TFLOPS,,,Epoch AI ML hardware,CC BY 4.0
peak_fp16,NVIDIA A40 PCIe,NVIDIA A40 PCIe,NVIDIA A40,,149.7,,,TFLOPS,,,Epoch AI ML hardware,CC BY 4.0
peak_fp16,NVIDIA B200,NVIDIA B200,,,2250,,,TFLOPS,,,Epoch AI ML hardware,CC BY 4.0
peak_fp16,NVIDIA GeForce RTX 2080 Ti 11GB,NVIDIA GeForce RTX 2080 Ti 11GB,NVIDIA GeForce RTX 2080 Ti|GeForce RTX 2080 Ti,,113.8,,,TFLOPS,,,Epoch AI ML hardware,CC BY 4.0
peak_fp16,NVIDIA GeForce RTX 3090 Ti,NVIDIA GeForce RTX 3090 Ti,,,160,,,TFLOPS,,,Epoch AI ML hardware,CC BY 4.0
peak_fp16,NVIDIA GeForce RTX 4090,NVIDIA GeForce RTX 4090,,,330,,,TFLOPS,,,Epoch AI ML hardware,CC BY 4.0
peak_fp16,NVIDIA H100 PCIe,NVIDIA H100 PCIe,,,756,,,TFLOPS,,,Epoch AI ML hardware,CC BY 4.0
peak_fp16,NVIDIA H100 SXM5 80GB,NVIDIA H100 SXM5 80GB,NVIDIA H100 80GB HBM3,,989.4,,,TFLOPS,,,Epoch AI ML hardware,CC BY 4.0
peak_fp16,NVIDIA H200 SXM,NVIDIA H200 SXM,NVIDIA H200,,989.5,,,TFLOPS,,,Epoch AI ML hardware,CC BY 4.0
peak_fp16,NVIDIA L4,NVIDIA L4,,,121,,,TFLOPS,,,Epoch AI ML hardware,CC BY 4.0
peak_fp16,NVIDIA L40,NVIDIA L40,,,181,,,TFLOPS,,,Epoch AI ML hardware,CC BY 4.0
peak_fp16,NVIDIA Tesla V100 PCIe 16 GB,NVIDIA Tesla V100 PCIe 16 GB,Tesla V100-PCIE-16GB,,112,,,TFLOPS,,,Epoch AI ML hardware,CC BY 4.0
peak_fp16,NVIDIA Tesla V100 PCIe 32 GB,NVIDIA Tesla V100 PCIe 32 GB,Tesla V100-PCIE-32GB,,112,,,TFLOPS,,,Epoch AI ML hardware,CC BY 4.0
peak_fp16,NVIDIA Tesla V100 SXM2 16 GB,NVIDIA Tesla V100 SXM2 16 GB,Tesla V100-SXM2-16GB,,125,,,TFLOPS,,,Epoch AI ML hardware,CC BY 4.0
peak_fp16,NVIDIA Tesla V100 SXM2 32 GB,NVIDIA Tesla V100 SXM2 32 GB,Tesla V100-SXM2-32GB,,125,,,TFLOPS,,,Epoch AI ML hardware,CC BY 4.0
peak_fp32,AMD Instinct MI300X,AMD Instinct MI300X,,,163.4,,,TFLOPS,,,Epoch AI ML hardware,CC BY 4.0
peak_fp32,AMD Instinct MI325X,AMD Instinct MI325X,,,163.4,,,TFLOPS,,,Epoch AI ML hardware,CC BY 4.0
peak_fp32,AMD Radeon Instinct MI250X,AMD Radeon Instinct MI250X,,,47.87,,,TFLOPS,,,Epoch AI ML hardware,CC BY 4.0
peak_fp32,NVIDIA A100 SXM4 40 GB,NVIDIA A100 SXM4 40 GB,NVIDIA A100-SXM4-40GB|A100-SXM4-40GB,,19.49,,,TFLOPS,,,Epoch AI ML hardware,CC BY 4.0
peak_fp32,NVIDIA A100 SXM4 80 GB,NVIDIA A100 SXM4 80 GB,NVIDIA A100-SXM4-80GB|A100-SXM4-80GB,,19.49,,,TFLOPS,,,Epoch AI ML hardware,CC BY 4.0
peak_fp32,NVIDIA A40 PCIe,NVIDIA A40 PCIe,NVIDIA A40,,37.42,,,TFLOPS,,,Epoch AI ML hardware,CC BY 4.0
peak_fp32,NVIDIA B200,NVIDIA B200,,,62.08,,,TFLOPS,,,Epoch AI ML hardware,CC BY 4.0
peak_fp32,NVIDIA GeForce GTX 1080 Ti,NVIDIA GeForce GTX 1080 Ti,GeForce GTX 1080 Ti,,11.34,,,TFLOPS,,,Epoch AI ML hardware,CC BY 4.0
peak_fp32,NVIDIA GeForce RTX 2080 Ti 11GB,NVIDIA GeForce RTX 2080 Ti 11GB,NVIDIA GeForce RTX 2080 Ti|GeForce RTX 2080 Ti,,13.45,,,TFLOPS,,,Epoch AI ML hardware,CC BY 4.0
peak_fp32,NVIDIA GeForce RTX 3090 Ti,NVIDIA GeForce RTX 3090 Ti,,,40,,,TFLOPS,,,Epoch AI ML hardware,CC BY 4.0
peak_fp32,NVIDIA GeForce RTX 4090,NVIDIA GeForce RTX 4090,,,82.6,,,TFLOPS,,,Epoch AI ML hardware,CC BY 4.0
peak_fp32,NVIDIA H100 PCIe,NVIDIA H100 PCIe,,,51.22,,,TFLOPS,,,Epoch AI ML hardware,CC BY 4.0
peak_fp32,NVIDIA H100 SXM5 80GB,NVIDIA H100 SXM5 80GB,NVIDIA H100 80GB HBM3,,66.91,,,TFLOPS,,,Epoch AI ML hardware,CC BY 4.0
peak_fp32,NVIDIA H200 SXM,NVIDIA H200 SXM,NVIDIA H200,,66.91,,,TFLOPS,,,Epoch AI ML hardware,CC BY 4.0
peak_fp32,NVIDIA L4,NVIDIA L4,,,30.29,,,TFLOPS,,,Epoch AI ML hardware,CC BY 4.0
peak_fp32,NVIDIA L40,NVIDIA L40,,,90.52,,,TFLOPS,,,Epoch AI ML hardware,CC BY 4.0
peak_fp32,NVIDIA P100 PCIe 16GB,NVIDIA P100 PCIe 16GB,Tesla P100-PCIE-16GB,,9.56,,,TFLOPS,,,Epoch AI ML hardware,CC BY 4.0
peak_fp32,NVIDIA Tesla T4,NVIDIA Tesla T4,Tesla T4,,8.141,,,TFLOPS,,,Epoch AI ML hardware,CC BY 4.0
peak_fp32,NVIDIA Tesla V100 PCIe 16 GB,NVIDIA Tesla V100 PCIe 16 GB,Tesla V100-PCIE-16GB,,14.13,,,TFLOPS,,,Epoch AI ML hardware,CC BY 4.0
peak_fp32,NVIDIA Tesla V100 PCIe 32 GB,NVIDIA Tesla V100 PCIe 32 GB,Tesla V100-PCIE-32GB,,14.13,,,TFLOPS,,,Epoch AI ML hardware,CC BY 4.0
peak_fp32,NVIDIA Tesla V100 SXM2 16 GB,NVIDIA Tesla V100 SXM2 16 GB,Tesla V100-SXM2-16GB,,15.67,,,TFLOPS,,,Epoch AI ML hardware,CC BY 4.0
peak_fp32,NVIDIA Tesla V100 SXM2 32 GB,NVIDIA Tesla V100 SXM2 32 GB,Tesla V100-SXM2-32GB,,15.67,,,TFLOPS,,,Epoch AI ML hardware,CC BY 4.0
peak_tf32,AMD Instinct MI300X,AMD Instinct MI300X,,,653.7,,,TFLOPS,,,Epoch AI ML hardware,CC BY 4.0
peak_tf32,AMD Instinct MI325X,AMD Instinct MI325X,,,653.7,,,TFLOPS,,,Epoch AI ML hardware,CC BY 4.0
peak_tf32,NVIDIA A100 SXM4 40 GB,NVIDIA A100 SXM4 40 GB,NVIDIA A100-SXM4-40GB|A100-SXM4-40GB,,156,,,TFLOPS,,,Epoch AI ML hardware,CC BY 4.0
peak_tf32,NVIDIA A100 SXM4 80 GB,NVIDIA A100 SXM4 80 GB,NVIDIA A100-SXM4-80GB|A100-SXM4-80GB,,156,,,TFLOPS,,,Epoch AI ML hardware,CC BY 4.0
peak_tf32,NVIDIA A40 PCIe,NVIDIA A40 PCIe,NVIDIA A40,,74.8,,,TFLOPS,,,Epoch AI ML hardware,CC BY 4.0
peak_tf32,NVIDIA B200,NVIDIA B200,,,1125,,,TFLOPS,,,Epoch AI ML hardware,CC BY 4.0
peak_tf32,NVIDIA GeForce RTX 3090 Ti,NVIDIA GeForce RTX 3090 Ti,,,40,,,TFLOPS,,,Epoch AI ML hardware,CC BY 4.0
peak_tf32,NVIDIA GeForce RTX 4090,NVIDIA GeForce RTX 4090,,,82.6,,,TFLOPS,,,Epoch AI ML hardware,CC BY 4.0
peak_tf32,NVIDIA H100 PCIe,NVIDIA H100 PCIe,,,378,,,TFLOPS,,,Epoch AI ML hardware,CC BY 4.0
peak_tf32,NVIDIA H100 SXM5 80GB,NVIDIA H100 SXM5 80GB,NVIDIA H100 80GB HBM3,,494.7,,,TFLOPS,,,Epoch AI ML hardware,CC BY 4.0
peak_tf32,NVIDIA H200 SXM,NVIDIA H200 SXM,NVIDIA H200,,494.5,,,TFLOPS,,,Epoch AI ML hardware,CC BY 4.0
peak_tf32,NVIDIA L4,NVIDIA L4,,,60,,,TFLOPS,,,Epoch AI ML hardware,CC BY 4.0
pue,average:global,"Global average DC, avg",,2018,1.58,,,1,,,arXiv:1906.02243,facts as cited
pue,average:us,"US average DC, avg",,2020,1.59,,,1,,,arXiv:2104.10350 T1,facts as cited
pue,aws,"Amazon Web Services, mean of disclosed regions",,2022,1.25,1.1,1.43,1,,,GSF real-time-cloud (derived mean),facts as cited
pue,aws,"Amazon Web Services, mean of disclosed regions",,2023,1.236,1.08,1.5,1,,,GSF real-time-cloud (derived mean),facts as cited
pue,aws,"Amazon Web Services, mean of disclosed regions",,2024,1.225,1.07,1.46,1,,,GSF real-time-cloud (derived mean),facts as cited
pue,azure,"Microsoft Azure, mean of disclosed regions",,2022,1.18,1.12,1.43,1,,,GSF real-time-cloud (derived mean),facts as cited
pue,azure,"Microsoft Azure, mean of disclosed regions",,2023,1.195,1.11,1.35,1,,,GSF real-time-cloud (derived mean),facts as cited
pue,gcp,"Google Cloud, mean of disclosed regions",,2022,1.108,1.07,1.2,1,,,GSF real-time-cloud (derived mean),facts as cited
pue,gcp,"Google Cloud, mean of disclosed regions",,2023,1.1,1.07,1.16,1,,,GSF real-time-cloud (derived mean),facts as cited
pue,gcp,"Google Cloud, mean of disclosed regions",,2024,1.101,1.07,1.16,1,,,GSF real-time-cloud (derived mean),facts as cited
pue,site:ai2-augusta-iowa,"Ai2 Augusta (Iowa), cluster",,2024,1.12,,,1,,,arXiv:2503.05804,facts as cited
pue,site:ai2-jupiter-austin,"Ai2 Jupiter (Austin), cluster",,2024,1.2,,,1,,,arXiv:2503.05804,facts as cited
pue,site:google-georgia,"Google Georgia, DC",,2018,1.1,,,1,,,arXiv:2104.10350 T4,facts as cited
pue,site:google-iowa,"Google Iowa, DC",,2020,1.11,,,1,,,arXiv:2104.10350 T1,facts as cited
pue,site:google-taiwan,"Google Taiwan, DC",,2019,1.12,,,1,,,arXiv:2104.10350 T4,facts as cited
pue,site:jean-zay-idris,"Jean Zay (IDRIS), HPC",,2022,1.2,,,1,,,arXiv:2211.02001,facts as cited
pue,site:meta,"Meta, fleet",,2021,1.1,,,1,,,arXiv:2111.00364,facts as cited
pue,site:microsoft-arizona,"Microsoft Arizona, location",,2023,1.18,,,1,,,arXiv:2304.03271 Table 1,facts as cited
pue,site:microsoft-australia,"Microsoft Australia, location",,2023,1.12,,,1,,,arXiv:2304.03271 Table 1,facts as cited
pue,site:microsoft-denmark,"Microsoft Denmark, location",,2023,1.16,,,1,,,arXiv:2304.03271 Table 1,facts as cited
pue,site:microsoft-finland,"Microsoft Finland, location",,2023,1.12,,,1,,,arXiv:2304.03271 Table 1,facts as cited
pue,site:microsoft-georgia,"Microsoft Georgia, location",,2023,1.12,,,1,,,arXiv:2304.03271 Table 1,facts as cited
pue,site:microsoft-illinois,"Microsoft Illinois, location",,2023,1.35,,,1,,,arXiv:2304.03271 Table 1,facts as cited
pue,site:microsoft-india,"Microsoft India, location",,2023,1.43,,,1,,,arXiv:2304.03271 Table 1,facts as cited
pue,site:microsoft-indonesia,"Microsoft Indonesia, location",,2023,1.32,,,1,,,arXiv:2304.03271 Table 1,facts as cited
pue,site:microsoft-iowa,"Microsoft Iowa, location",,2023,1.16,,,1,,,arXiv:2304.03271 Table 1,facts as cited
pue,site:microsoft-ireland,"Microsoft Ireland, location",,2023,1.19,,,1,,,arXiv:2304.03271 Table 1,facts as cited
pue,site:microsoft-mexico,"Microsoft Mexico, location",,2023,1.12,,,1,,,arXiv:2304.03271 Table 1,facts as cited
pue,site:microsoft-netherlands,"Microsoft Netherlands, location",,2023,1.14,,,1,,,arXiv:2304.03271 Table 1,facts as cited
pue,site:microsoft-sweden,"Microsoft Sweden, location",,2023,1.16,,,1,,,arXiv:2304.03271 Table 1,facts as cited
pue,site:microsoft-texas,"Microsoft Texas, location",,2023,1.28,,,1,,,arXiv:2304.03271 Table 1,facts as cited
pue,site:microsoft-u-s-average,"Microsoft U.S. Average, location",,2023,1.17,,,1,,,arXiv:2304.03271 Table 1,facts as cited
pue,site:microsoft-virginia,"Microsoft Virginia, location",,2023,1.14,,,1,,,arXiv:2304.03271 Table 1,facts as cited
pue,site:microsoft-washington,"Microsoft Washington, location",,2023,1.15,,,1,,,arXiv:2304.03271 Table 1,facts as cited
pue,site:microsoft-wyoming,"Microsoft Wyoming, location",,2023,1.11,,,1,,,arXiv:2304.03271 Table 1,facts as cited
tdp,AMD Instinct MI300X,AMD Instinct MI300X,,,750,,,W,,,Epoch AI ML hardware,CC BY 4.0
tdp,AMD Instinct MI325X,AMD Instinct MI325X,,,1000,,,W,,,Epoch AI ML hardware,CC BY 4.0
tdp,AMD Radeon Instinct MI250X,AMD Radeon Instinct MI250X,,,500,,,W,,,Epoch AI ML hardware,CC BY 4.0
tdp,NVIDIA A100 SXM4 40 GB,NVIDIA A100 SXM4 40 GB,NVIDIA A100-SXM4-40GB|A100-SXM4-40GB,,400,,,W,,,Epoch AI ML hardware,CC BY 4.0
tdp,NVIDIA A100 SXM4 80 GB,NVIDIA A100 SXM4 80 GB,NVIDIA A100-SXM4-80GB|A100-SXM4-80GB,,400,,,W,,,Epoch AI ML hardware,CC BY 4.0
tdp,NVIDIA A40 PCIe,NVIDIA A40 PCIe,NVIDIA A40,,300,,,W,,,Epoch AI ML hardware,CC BY 4.0
tdp,NVIDIA B200,NVIDIA B200,,,1000,,,W,,,Epoch AI ML hardware,CC BY 4.0
tdp,NVIDIA GeForce GTX 1080 Ti,NVIDIA GeForce GTX 1080 Ti,GeForce GTX 1080 Ti,,250,,,W,,,Epoch AI ML hardware,CC BY 4.0
tdp,NVIDIA GeForce RTX 2080 Ti 11GB,NVIDIA GeForce RTX 2080 Ti 11GB,NVIDIA GeForce RTX 2080 Ti|GeForce RTX 2080 Ti,,250,,,W,,,Epoch AI ML hardware,CC BY 4.0
tdp,NVIDIA GeForce RTX 3090 Ti,NVIDIA GeForce RTX 3090 Ti,,,450,,,W,,,Epoch AI ML hardware,CC BY 4.0
tdp,NVIDIA GeForce RTX 4090,NVIDIA GeForce RTX 4090,,,450,,,W,,,Epoch AI ML hardware,CC BY 4.0
tdp,NVIDIA H100 PCIe,NVIDIA H100 PCIe,,,350,,,W,,,Epoch AI ML hardware,CC BY 4.0
tdp,NVIDIA H100 SXM5 80GB,NVIDIA H100 SXM5 80GB,NVIDIA H100 80GB HBM3,,700,,,W,,,Epoch AI ML hardware,CC BY 4.0
tdp,NVIDIA H200 SXM,NVIDIA H200 SXM,NVIDIA H200,,700,,,W,,,Epoch AI ML hardware,CC BY 4.0
tdp,NVIDIA L4,NVIDIA L4,,,72,,,W,,,Epoch AI ML hardware,CC BY 4.0
tdp,NVIDIA L40,NVIDIA L40,,,300,,,W,,,Epoch AI ML hardware,CC BY 4.0
tdp,NVIDIA P100 PCIe 16GB,NVIDIA P100 PCIe 16GB,Tesla P100-PCIE-16GB,,250,,,W,,,Epoch AI ML hardware,CC BY 4.0
tdp,NVIDIA Tesla T4,NVIDIA Tesla T4,Tesla T4,,70,,,W,,,Epoch AI ML hardware,CC BY 4.0
tdp,NVIDIA Tesla V100 PCIe 16 GB,NVIDIA Tesla V100 PCIe 16 GB,Tesla V100-PCIE-16GB,,250,,,W,,,Epoch AI ML hardware,CC BY 4.0
tdp,NVIDIA Tesla V100 PCIe 32 GB,NVIDIA Tesla V100 PCIe 32 GB,Tesla V100-PCIE-32GB,,250,,,W,,,Epoch AI ML hardware,CC BY 4.0
tdp,NVIDIA Tesla V100 SXM2 16 GB,NVIDIA Tesla V100 SXM2 16 GB,Tesla V100-SXM2-16GB,,300,,,W,,,Epoch AI ML hardware,CC BY 4.0
tdp,NVIDIA Tesla V100 SXM2 32 GB,NVIDIA Tesla V100 SXM2 32 GB,Tesla V100-SXM2-32GB,,300,,,W,,,Epoch AI ML hardware,CC BY 4.0
"""
