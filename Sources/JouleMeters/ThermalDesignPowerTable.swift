// swift-format-ignore-file
// Written from codecarbon/data/hardware/cpu_power.csv of mlco2/codecarbon at b05965e43b69
// (MIT licence, Copyright 2020 Mila, the Quebec AI Institute, and contributors), which collects the
// makers' specifications. Names are in the form of `ProcessorName.canonical`; entries without a maker
// or with an unreadable figure are left out. Lines are data, so this file is longer than others.

extension ThermalDesignPower {
    /// Lines of watts and the processors that have them, separated by bars.
    static let table: StaticString = """
        0.65|intel atom z500
        1.3|intel atom z600|intel atom z610|intel atom z612|intel atom z620
        1.4|intel atom z515
        2|intel atom z3740|intel atom z510|intel atom z520|intel atom z530|intel quark soc x1000
        2|intel quark soc x1001|intel quark soc x1010|intel quark soc x1011|intel quark soc x1020
        2|intel quark soc x1020d|intel quark soc x1021|intel quark soc x1021d
        2.17|intel atom x5-z8300|intel atom x5-z8330|intel atom x5-z8350|intel atom x5-z8500
        2.17|intel atom x5-z8550|intel atom x7-z8700|intel atom x7-z8750
        2.2|intel atom z510p|intel atom z510pt|intel atom z520pt|intel atom z530p|intel atom z605
        2.2|intel atom z615|intel atom z625
        2.4|intel atom z540|intel atom z550
        2.5|intel atom n270|intel atom n280|intel atom z560
        2.7|intel atom e625c
        3|amd e1 micro-6200t|intel a100|intel a110|intel atom e3805|intel atom e625ct|intel atom n2600
        3|intel atom z2420|intel atom z2460|intel atom z2610|intel atom z2760|intel atom z650
        3|intel atom z670
        3.3|intel atom e620|intel atom e620t
        3.6|intel atom e640|intel atom e640t|intel atom e645c|intel atom e660|intel atom e660t
        3.6|intel atom e665c
        4|amd a10 micro-6700t|amd a4 micro-6400t|amd a4-1200|intel atom 230|intel atom e645ct
        4|intel atom x6200fe|intel atom z2480|intel celeron n2805|intel celeron n2806|intel celeron n2807
        4|intel celeron n2808|intel celeron n3000|intel celeron n3010|intel core i5-7y54
        4|intel core i5-7y57|intel core i7-7y75|intel core m-5y10|intel core m-5y10a|intel core m-5y10c
        4|intel core m-5y31|intel core m-5y51|intel core m-5y70|intel core m-5y71|intel core m3-6y30
        4|intel core m3-7y30|intel core m3-7y32|intel core m5-6y54|intel core m5-6y57|intel core m7-6y75
        4.5|intel atom e680|intel atom e680t
        5|amd z-60|intel atom e3815|intel atom n435|intel atom x5-e8000|intel celeron m ulv 353
        5|intel core 2 solo ulv su3300|intel core 2 solo ulv su3500|intel core i3-10100y
        5|intel core i5-8200y|intel core i7-8500y|intel core m3-8100y|intel core solo ulv u1300
        5|intel core solo ulv u1400|intel core solo ulv u1500|intel pentium gold 6500y
        5.5|intel atom n450|intel celeron m ulv 373|intel celeron m ulv 383|intel celeron m ulv 423
        5.5|intel celeron m ulv 443|intel celeron m ulv 523|intel celeron m ulv 722
        5.5|intel core 2 solo su3300|intel core 2 solo su3500|intel core 2 solo ulv u2100
        5.5|intel core 2 solo ulv u2200
        6|amd 3015ce|amd 3015e|amd 3020e|amd a4-9120c|amd a6-9120c soc|amd a6-9220c|amd a6-9220c soc
        6|amd athlon silver 3050e|amd z-01|intel atom c2308|intel atom c2350|intel atom e3825
        6|intel atom n2800|intel atom s1240|intel atom x5-e3930|intel atom x6211e|intel atom x6212re
        6|intel atom x6214re|intel atom x7211e|intel atom x7211re|intel celeron 3965y|intel celeron j3060
        6|intel celeron j3160|intel celeron n3050|intel celeron n3060|intel celeron n3150
        6|intel celeron n3160|intel celeron n3350|intel celeron n3350e|intel celeron n3450
        6|intel celeron n4000|intel celeron n4020|intel celeron n4100|intel celeron n4120
        6|intel celeron n4500|intel celeron n5100|intel celeron n6210|intel celeron n6211|intel n100
        6|intel n200|intel n50|intel pentium 4405y|intel pentium gold 4410y|intel pentium gold 4415y
        6|intel pentium gold 4425y|intel pentium j3710|intel pentium n3700|intel pentium n3710
        6|intel pentium n4200|intel pentium n4200e|intel pentium n6415|intel pentium silver n5000
        6|intel pentium silver n5030|intel pentium silver n6000
        6.5|intel atom n455|intel atom n470|intel atom n475
        7|intel atom c2316|intel atom c2338|intel atom c2358|intel atom ce4100|intel atom ce4110
        7|intel atom ce4130|intel atom ce4150|intel atom ce4215|intel atom ce4235|intel atom ce4253
        7|intel atom ce4255|intel atom ce4257|intel atom ce4270|intel atom ce4275|intel atom ce4277
        7|intel atom e3826|intel atom e665ct|intel celeron m ulv 333|intel celeron m ulv 600
        7|intel celeron m ulv 800|intel celeron n2810|intel celeron n2815|intel celeron n2820
        7|intel celeron n2830|intel celeron n2840|intel celeron n2910|intel celeron n2920
        7|intel celeron n2930|intel celeron n2940|intel core i3-10110y|intel core i3-n300
        7|intel core i5-10210y|intel core i5-10310y|intel core i5-8210y|intel core i5-8310y
        7|intel core i7-10510y|intel pentium n3510|intel pentium n3520|intel pentium n3530
        7|intel pentium n3540
        7.9|intel mobile celeron lv 266
        8|amd a4-1250|amd a4-1350|amd a6-1450|amd athlon 64 2000+|intel atom 330|intel atom c3338
        8|intel atom e3827|intel atom s1220|intel atom s1260|intel atom z3770|intel pentium 75
        8.5|intel atom n550|intel atom n570
        9|amd athlon 64 1500+|amd c-30|amd c-50|amd c-60|amd c-70|amd e1-2100|amd e1-2150|amd e1-2200
        9|intel atom c2508|intel atom c2530|intel atom c3308|intel atom x5-e3940|intel atom x6413e
        9|intel atom x6414re|intel atom x6416re|intel atom x7203c|intel atom x7213re|intel atom x7433re
        9|intel core duo ulv l2400|intel core duo ulv l2500|intel core i3-1000ng4|intel pentium 90
        9.8|intel mobile celeron 266
        10|amd a9-9400 soc|amd e1-6010|amd e1-7010|intel atom c2516|intel atom c3338r|intel atom c3436l
        10|intel atom d2500|intel atom d2550|intel atom d2560|intel atom d2700|intel atom d2701
        10|intel atom d410|intel atom d425|intel atom e3845|intel atom x7213e|intel celeron 1019y
        10|intel celeron 807ue|intel celeron j1750|intel celeron j1800|intel celeron j1850
        10|intel celeron j1900|intel celeron j3355|intel celeron j3355e|intel celeron j3455
        10|intel celeron j3455e|intel celeron j4005|intel celeron j4025|intel celeron j4105
        10|intel celeron j4125|intel celeron j6412|intel celeron j6413|intel celeron m ulv 723
        10|intel celeron m ulv 743|intel celeron n4505|intel celeron n5105|intel celeron su2300
        10|intel celeron ulv 573|intel celeron ulv 763|intel core 2 duo su7300|intel core 2 duo su9300
        10|intel core 2 duo su9400|intel core 2 duo su9600|intel core 2 duo u7500|intel core 2 duo u7600
        10|intel core 2 duo u7700|intel core i5-1030ng7|intel pentium 2129y|intel pentium a1020
        10|intel pentium j2850|intel pentium j2900|intel pentium j4205|intel pentium j6426
        10|intel pentium silver j5005|intel pentium silver j5040|intel pentium silver n6005
        10|intel pentium su2700|intel pentium su4100
        10.1|intel pentium 100
        11|intel atom c3336|intel atom c3508|intel celeron 2961y|intel core i3-4010y|intel core i3-4012y
        11|intel core i3-4020y|intel core i3-4030y|intel core i5-4200y|intel core i5-4202y
        11|intel core i5-4210y|intel core i5-4220y|intel core i5-4300y|intel core i5-4302y
        11|intel core i7-4610y|intel ioc340 i/o controller|intel iop341 i/o|intel iop342 i/o
        11|intel pentium 3560y|intel pentium 3561y
        11.1|intel mobile celeron 300
        11.2|intel pentium 133
        11.6|intel pentium 150
        11.7|intel atom s1269
        11.8|intel mobile celeron 333
        12|intel atom c2730|intel atom x6425e|intel atom x6425re|intel atom x6427fe|intel atom x7-e3950
        12|intel atom x7405c|intel atom x7425e|intel atom x7835re|intel core 2 duo sl7100
        12|intel core i3-1000g1|intel core i3-1000g4|intel core i5-1030g4|intel core i5-1030g7
        12|intel core i7-1060g7|intel iop348 i/o|intel n97
        12.81|intel pentium 120
        13|intel atom c2518|intel atom d510|intel atom d525|intel core i3-3229y|intel core i5-3339y
        13|intel core i5-3439y|intel core i7-3689y|intel xeon e3-1220l v3
        13.1|intel atom s1279|intel mobile celeron 366|intel pentium mmx 166
        13.8|intel mobile celeron 400
        14|intel atom c2550|intel celeron 533a
        14.1|intel atom s1289
        14.5|intel pentium 166
        14.6|intel pentium 60
        15|amd a10-8700p|amd a10-9600p|amd a12-9700p|amd a4 pro-3350b|amd a4-5000|amd a4-5050|amd a4-5100
        15|amd a4-6210|amd a4-9120|amd a4-9125|amd a6-6310|amd a6-7310|amd a6-8500p|amd a6-9210
        15|amd a6-9220|amd a6-9225|amd a8-6410|amd a8-7410|amd a8-8600p|amd a9-9420|amd a9-9420 soc
        15|amd a9-9425|amd a9-9425 soc|amd amd pro a10-8700b|amd amd pro a10-9700b|amd amd pro a12-8800b
        15|amd amd pro a12-9800b|amd amd pro a4-4350b|amd amd pro a4-5350b|amd amd pro a6-7350b
        15|amd amd pro a6-8350b|amd amd pro a6-8500b|amd amd pro a6-9500b|amd amd pro a8-8600b
        15|amd amd pro a8-9600b|amd athlon 300u|amd athlon 64 2600+|amd athlon 64 2650e
        15|amd athlon gold 3150c|amd athlon gold 3150u|amd athlon gold 7220c|amd athlon gold 7220u
        15|amd athlon pro 200u mobile|amd athlon pro 300u|amd athlon pro 300u mobile|amd athlon pro 3045b
        15|amd athlon pro 3145b|amd athlon silver 3050c|amd athlon silver 3050u|amd athlon silver 7120c
        15|amd athlon silver 7120u|amd e1-2500|amd e2-3000|amd e2-3800|amd e2-6110|amd e2-9010
        15|amd fx 9800p|amd fx-8800p|amd pro a10-8700b|amd pro a10-9700b|amd pro a12-8800b
        15|amd pro a12-9800b|amd pro a4-4350b|amd pro a4-5350b|amd pro a6-7350b|amd pro a6-8350b
        15|amd pro a6-8500b|amd pro a6-9500b|amd pro a8-8600b|amd pro a8-9600b|amd ryzen 3 2200u
        15|amd ryzen 3 2300u|amd ryzen 3 3200u|amd ryzen 3 3250c|amd ryzen 3 3250u|amd ryzen 3 3300u
        15|amd ryzen 3 3350u|amd ryzen 3 4300u|amd ryzen 3 5125c|amd ryzen 3 5300u|amd ryzen 3 5400u
        15|amd ryzen 3 5425c|amd ryzen 3 5425u|amd ryzen 3 7320c|amd ryzen 3 7320u|amd ryzen 3 7330u
        15|amd ryzen 3 pro 2300u|amd ryzen 3 pro 3300u|amd ryzen 3 pro 4450u|amd ryzen 3 pro 5450u
        15|amd ryzen 3 pro 5475u|amd ryzen 3 pro 7330u|amd ryzen 5 2500u|amd ryzen 5 3450u
        15|amd ryzen 5 3500c|amd ryzen 5 3500u|amd ryzen 5 3580u
        15|amd ryzen 5 3580u microsoft surface edition|amd ryzen 5 4500u|amd ryzen 5 4600u
        15|amd ryzen 5 4680u microsoft surface edition|amd ryzen 5 5500u|amd ryzen 5 5560u
        15|amd ryzen 5 5600u|amd ryzen 5 5625c|amd ryzen 5 5625u|amd ryzen 5 7430u|amd ryzen 5 7520c
        15|amd ryzen 5 7520u|amd ryzen 5 7530u|amd ryzen 5 pro 2500u|amd ryzen 5 pro 3500u
        15|amd ryzen 5 pro 4650u|amd ryzen 5 pro 5650u|amd ryzen 5 pro 5675u|amd ryzen 5 pro 7530u
        15|amd ryzen 7 2700u|amd ryzen 7 3700c|amd ryzen 7 3700u|amd ryzen 7 3780u
        15|amd ryzen 7 3780u microsoft surface edition|amd ryzen 7 4700u|amd ryzen 7 4800u
        15|amd ryzen 7 4980u microsoft surface edition|amd ryzen 7 5700u|amd ryzen 7 5800u
        15|amd ryzen 7 5825c|amd ryzen 7 5825u|amd ryzen 7 7730u|amd ryzen 7 pro 2700u
        15|amd ryzen 7 pro 3700u|amd ryzen 7 pro 4750u|amd ryzen 7 pro 5850u|amd ryzen 7 pro 5875u
        15|amd ryzen 7 pro 7730u|amd ryzen embedded v1202b|amd ryzen embedded v1605b|intel atom c2538
        15|intel atom c2558|intel atom c3538|intel atom ce5315|intel celeron 2955u|intel celeron 2957u
        15|intel celeron 2980u|intel celeron 2981u|intel celeron 3205u|intel celeron 3215u
        15|intel celeron 3755u|intel celeron 3765u|intel celeron 3855u|intel celeron 3865u
        15|intel celeron 3867u|intel celeron 3955u|intel celeron 3965u|intel celeron 4205u
        15|intel celeron 4305u|intel celeron 4305ue|intel celeron 5205u|intel celeron 5305u
        15|intel celeron 6305|intel celeron 6305e|intel celeron 7305l|intel core duo lv l2300
        15|intel core duo lv l2400|intel core duo lv l2500|intel core i3-1005g1|intel core i3-10110u
        15|intel core i3-1110g4|intel core i3-1115g4e|intel core i3-1115gre|intel core i3-1120g4
        15|intel core i3-1215ul|intel core i3-1315ue|intel core i3-1315ure|intel core i3-4005u
        15|intel core i3-4010u|intel core i3-4025u|intel core i3-4030u|intel core i3-4100u
        15|intel core i3-4120u|intel core i3-5005u|intel core i3-5010u|intel core i3-5015u
        15|intel core i3-5020u|intel core i3-6006u|intel core i3-6100u|intel core i3-7020u
        15|intel core i3-7100u|intel core i3-7130u|intel core i3-8130u|intel core i3-8140u
        15|intel core i3-8145u|intel core i3-8145ue|intel core i3-n305|intel core i5-10210u
        15|intel core i5-10310u|intel core i5-1035g1|intel core i5-1035g4|intel core i5-1035g7
        15|intel core i5-1130g7|intel core i5-1140g7|intel core i5-1145g7e|intel core i5-1145gre
        15|intel core i5-1235ul|intel core i5-1245ul|intel core i5-1345ue|intel core i5-1345ure
        15|intel core i5-4200u|intel core i5-4210u|intel core i5-4250u|intel core i5-4260u
        15|intel core i5-4300u|intel core i5-4310u|intel core i5-4350u|intel core i5-4360u
        15|intel core i5-5200u|intel core i5-5250u|intel core i5-5300u|intel core i5-5350u
        15|intel core i5-6198du|intel core i5-6200u|intel core i5-6260u|intel core i5-6300u
        15|intel core i5-6360u|intel core i5-7200u|intel core i5-7260u|intel core i5-7300u
        15|intel core i5-7360u|intel core i5-8250u|intel core i5-8257u|intel core i5-8260u
        15|intel core i5-8265u|intel core i5-8350u|intel core i5-8365u|intel core i5-8365ue
        15|intel core i7-10510u|intel core i7-10610u|intel core i7-1065g7|intel core i7-10710u
        15|intel core i7-10810u|intel core i7-1160g7|intel core i7-1180g7|intel core i7-1185g7e
        15|intel core i7-1185gre|intel core i7-1255ul|intel core i7-1265ul|intel core i7-1365ue
        15|intel core i7-1365ure|intel core i7-1366ure|intel core i7-4500u|intel core i7-4510u
        15|intel core i7-4550u|intel core i7-4600u|intel core i7-4650u|intel core i7-5500u
        15|intel core i7-5550u|intel core i7-5600u|intel core i7-5650u|intel core i7-6498du
        15|intel core i7-6500u|intel core i7-6560u|intel core i7-6600u|intel core i7-6650u
        15|intel core i7-6660u|intel core i7-7500u|intel core i7-7560u|intel core i7-7600u
        15|intel core i7-7660u|intel core i7-8550u|intel core i7-8557u|intel core i7-8565u
        15|intel core i7-8650u|intel core i7-8665u|intel core i7-8665ue|intel pentium 350
        15|intel pentium 3556u|intel pentium 3558u|intel pentium 3805u|intel pentium 3825u
        15|intel pentium 4405u|intel pentium 6805|intel pentium b915c|intel pentium b925c
        15|intel pentium gold 4415u|intel pentium gold 4417u|intel pentium gold 5405u
        15|intel pentium gold 6405u|intel pentium gold 7505
        15.5|intel pentium 200
        15.7|intel pentium mmx 200
        15.8|intel celeron 600
        16|intel atom c3558|intel pentium 66
        16.5|intel celeron 633
        16.59|intel celeron 266
        17|amd a4-4355m|amd a4-5145m|amd a6-4455m|amd a6-5345m|amd a6-7000|amd opteron x1150
        17|intel atom c3558r|intel atom c3708|intel celeron 1007u|intel celeron 1017u|intel celeron 1037u
        17|intel celeron 1047ue|intel celeron 725c|intel celeron 787|intel celeron 797|intel celeron 807
        17|intel celeron 827e|intel celeron 847|intel celeron 847e|intel celeron 857|intel celeron 867
        17|intel celeron 877|intel celeron 887|intel celeron 927ue|intel core 2 duo l7200
        17|intel core 2 duo l7300|intel core 2 duo l7400|intel core 2 duo l7500|intel core 2 duo l7700
        17|intel core 2 duo sl9300|intel core 2 duo sl9380|intel core 2 duo sl9400|intel core 2 duo sl9600
        17|intel core i3-2340ue|intel core i3-2357m|intel core i3-2365m|intel core i3-2367m
        17|intel core i3-2375m|intel core i3-2377m|intel core i3-3217u|intel core i3-3217ue
        17|intel core i3-3227u|intel core i5-2467m|intel core i5-2537m|intel core i5-2557m
        17|intel core i5-3317u|intel core i5-3337u|intel core i5-3427u|intel core i5-3437u
        17|intel core i7-2610ue|intel core i7-2617m|intel core i7-2637m|intel core i7-2657m
        17|intel core i7-2677m|intel core i7-3517u|intel core i7-3517ue|intel core i7-3537u
        17|intel core i7-3667u|intel core i7-3687u|intel pentium 2117u|intel pentium 2127u
        17|intel pentium 957|intel pentium 967|intel pentium 977|intel pentium 987|intel pentium 997
        17|intel pentium mmx 233|intel xeon e3-1220l v2
        17.5|intel celeron 667
        17.8|intel celeron 300a
        18|amd e-240|amd e-300|amd e-350|amd e-450|amd e1-1200|amd e1-1500|amd e2-1800|amd e2-2000
        18|intel atom c2718|intel celeron u3400|intel celeron u3405|intel celeron u3600
        18|intel core i3-330um|intel core i3-380um|intel core i5-430um|intel core i5-470um
        18|intel core i5-520um|intel core i5-540um|intel core i5-560um|intel core i7-620ue
        18|intel core i7-620um|intel core i7-640um|intel core i7-660ue|intel core i7-660um
        18|intel core i7-680um|intel pentium u5400|intel pentium u5600
        18.3|intel celeron 700
        18.48|intel celeron 300
        19|amd a10 pro-7350b|amd a8-4555m|intel celeron 220|intel pentium d1509
        19.2|intel celeron 566|intel pentium iii xeon 600
        19.4|intel mobile celeron 433
        19.7|intel celeron 333
        20|amd a10-7300|amd a8-7100|amd fx-7500|intel atom c2738|intel atom c2750|intel atom c2758
        20|intel celeron 766|intel core 2 duo sp7500|intel core 2 duo sp7700|intel ep80579 integrated
        20|intel pentium d1507|intel xeon d-1529|intel xeon e3-1220l|intel xeon l5215
        20.7|intel mobile celeron 466
        20.8|intel celeron 800
        21|intel atom c3750|intel atom c3830|intel celeron 205|intel celeron m 350|intel celeron m 360
        21|intel celeron m 370|intel celeron m 380|intel celeron m 390|intel pentium 4-m 1.40
        21|intel pentium m 715|intel pentium m 725|intel pentium m 735|intel pentium m 745
        21|intel pentium m 755|intel pentium m 765
        21.3|intel pentium iii xeon 667
        21.7|intel celeron 366
        22|amd athlon 64 2850e|amd opteron x2150|amd turion 64 mt-28|amd turion 64 mt-30
        23|intel xeon lc3518
        23.3|intel pentium iii xeon 733
        23.6|intel celeron 733
        23.7|intel celeron 400
        24|intel atom c3950|intel pentium m 1.30|intel pentium m 1.40|intel pentium m 1.50
        24|intel pentium m 1.60|intel pentium m 1.70
        24.1|intel celeron 433
        24.5|intel celeron m 310|intel celeron m 320|intel celeron m 330|intel celeron m 340
        25|amd a10-4655m|amd a10-5745m|amd a4 pro-3340b|amd a6-5200|amd a6-5200m|amd a8-5545m
        25|amd a9-9410 soc|amd athlon 5150|amd athlon 5350|amd athlon 5370|amd athlon 64 3100+
        25|amd athlon ii x2 250u|amd athlon ii x2 260u|amd athlon ii x2 270u|amd athlon x2 ql-62
        25|amd opteron 3320 ee|amd opteron a1120|amd opteron x2170|amd sempron 2650|amd sempron 3100+
        25|amd sempron 3850|amd turion 64 mt-32|amd turion 64 mt-34|amd turion 64 mt-37
        25|amd turion 64 mt-40|intel atom c3758|intel atom c3808|intel atom c3850|intel atom c3858
        25|intel atom x7809c|intel celeron 2002e|intel celeron g3902e|intel celeron g4932e
        25|intel core 2 duo p7350|intel core 2 duo p7370|intel core 2 duo p7450|intel core 2 duo p7550
        25|intel core 2 duo p7570|intel core 2 duo p8400|intel core 2 duo p8600|intel core 2 duo p8700
        25|intel core 2 duo p8800|intel core 2 duo p9500|intel core 2 duo p9600|intel core 2 duo sp9300
        25|intel core 2 duo sp9400|intel core 2 duo sp9600|intel core i3-2115c|intel core i3-3115c
        25|intel core i3-4102e|intel core i3-4112e|intel core i3-6102e|intel core i3-7102e
        25|intel core i3-9100hl|intel core i5-4402e|intel core i5-4422e|intel core i5-6442eq
        25|intel core i5-7442eq|intel core i7-2629m|intel core i7-2649m|intel core i7-2655le
        25|intel core i7-3555le|intel core i7-620le|intel core i7-620lm|intel core i7-640lm
        25|intel core i7-660lm|intel core i7-6822eq|intel core i7-9850hl|intel pentium d1508
        25|intel pentium d1517|intel pentium d1519|intel xeon d-1702|intel xeon e-2254ml
        25|intel xeon e-2276ml|intel xeon e3-1105c|intel xeon e3-1105c v2|intel xeon e3-1230l v3
        25|intel xeon e3-1235l v5|intel xeon e3-1240l v3|intel xeon e3-1240l v5|intel xeon e3-1501l v6
        25|intel xeon e3-1505l v5|intel xeon e3-1505l v6|intel xeon w-11155mle|intel xeon w-11555mle
        25|intel xeon w-11865mle
        25.4|intel pentium iii xeon 800
        25.7|intel celeron 466|intel celeron 850
        26|intel atom c3758r|intel pentium 4-m 1.50
        27|intel celeron 1.66|intel celeron 1.83|intel celeron 215|intel celeron 500|intel celeron 530
        27|intel celeron 560|intel celeron 570|intel celeron m 410|intel celeron m 420|intel celeron m 430
        27|intel celeron m 440|intel celeron m 450|intel core i5-4402ec|intel core i7-4702ec
        27|intel core solo t1200|intel core solo t1300|intel core solo t1350|intel core solo t1400
        27|intel pentium iii 933|intel pentium m 730|intel pentium m 740|intel pentium m 750
        27|intel pentium m 760|intel pentium m 770|intel pentium m 780|intel xeon d-1602
        28|amd ryzen 3 210|amd ryzen 3 7335u|amd ryzen 3 7440u|amd ryzen 3 8440u|amd ryzen 3 pro 210
        28|amd ryzen 5 220|amd ryzen 5 230|amd ryzen 5 7535u|amd ryzen 5 7540u|amd ryzen 5 7545u
        28|amd ryzen 5 7640u|amd ryzen 5 8540u|amd ryzen 5 8640hs|amd ryzen 5 8640u|amd ryzen 5 pro 220
        28|amd ryzen 5 pro 230|amd ryzen 5 pro 8540u|amd ryzen 5 pro 8640hs|amd ryzen 5 pro 8640u
        28|amd ryzen 7 250|amd ryzen 7 7735u|amd ryzen 7 7840u|amd ryzen 7 8840hs|amd ryzen 7 8840u
        28|amd ryzen 7 pro 250|amd ryzen 7 pro 6860z|amd ryzen 7 pro 8840hs|amd ryzen 7 pro 8840u
        28|amd ryzen ai 5 340|amd ryzen ai 5 pro 340|amd ryzen ai 7 350|amd ryzen ai 7 pro 350
        28|amd ryzen ai 7 pro 360|amd ryzen ai 9 365|amd ryzen ai 9 hx 370|amd ryzen ai 9 hx 375
        28|amd ryzen ai 9 hx pro 370|amd ryzen ai 9 hx pro 375|amd ryzen z1|amd ryzen z1 extreme
        28|amd ryzen z2|amd ryzen z2 extreme|amd ryzen z2 go|intel celeron 950|intel core 2 duo p9700
        28|intel core i3-1115g4|intel core i3-1125g4|intel core i3-1320pe|intel core i3-1320pre
        28|intel core i3-4158u|intel core i3-5157u|intel core i3-6157u|intel core i3-6167u
        28|intel core i3-7167u|intel core i3-8109u|intel core i3-8121u|intel core i5-1038ng7
        28|intel core i5-1135g7|intel core i5-1145g7|intel core i5-1155g7|intel core i5-1350pre
        28|intel core i5-4258u|intel core i5-4278u|intel core i5-4288u|intel core i5-4308u
        28|intel core i5-5257u|intel core i5-5287u|intel core i5-6267u|intel core i5-6287u
        28|intel core i5-7267u|intel core i5-7287u|intel core i5-8259u|intel core i5-8269u
        28|intel core i5-8279u|intel core i7-1068g7|intel core i7-1068ng7|intel core i7-11370h
        28|intel core i7-1165g7|intel core i7-1185g7|intel core i7-1195g7|intel core i7-1360p
        28|intel core i7-1370pe|intel core i7-1370pre|intel core i7-1375pre|intel core i7-4558u
        28|intel core i7-4578u|intel core i7-5557u|intel core i7-6567u|intel core i7-7567u
        28|intel core i7-8559u|intel core i7-8569u|intel core m3-8114y|intel core ultra 7 155h
        28|intel core ultra 7 165h|intel core ultra 7 265h
        28.3|intel celeron 533
        29|intel celeron 1.00|intel pentium iii 1000|intel pentium iii 1133|intel pentium iii 1133s
        29.6|intel pentium iii xeon 700|intel pentium iii xeon 866|intel pentium iii xeon 933
        30|amd opteron 140 ee|amd opteron 240 ee|amd opteron 840 ee|armv8 rev 0 (v8l)|intel celeron 540
        30|intel celeron 550|intel celeron m 520|intel celeron m 530|intel celeron p1053
        30|intel pentium 4-m 1.60|intel pentium 4-m 1.70|intel pentium 4-m 1.80|intel pentium iii 1000s
        30|intel pentium iii 1200|intel pentium iii 1266s|intel pentium iii 1333|intel xeon l3014
        30|intel xeon l3403|intel xeon l3406|intel xeon lv 1.6
        30.8|intel pentium iii xeon 1.00
        31|amd turion x2 rm-70|intel atom c3958|intel celeron 575|intel celeron 585|intel core duo t2050
        31|intel core duo t2250|intel core duo t2300|intel core duo t2400|intel core duo t2500
        31|intel core duo t2600|intel core duo t2700|intel pentium iii 1400|intel pentium t2060
        31|intel pentium t2080|intel pentium t2130|intel pentium t2350
        32|amd athlon 64 2700+|amd athlon 64 2800+|amd opteron a1150|amd opteron a1170|amd turion 64 ml-28
        32|amd turion x2 ultra zm-80|intel atom c3955|intel atom c5310|intel pentium 4-m 1.90
        32|intel pentium 4-m 2.00|intel pentium iii 1400s
        33|intel celeron 1.10
        33.4|intel celeron 1300
        34|intel core 2 duo t5300|intel pentium iii xeon 550
        35|amd a10-4600m|amd a10-5750m|amd a10-5757m|amd a10-7400p|amd a10-9630p|amd a10-9700e
        35|amd a12-9730p|amd a12-9800e|amd a4-3300m|amd a4-3305m|amd a4-3310mx|amd a4-3320m|amd a4-4300m
        35|amd a4-5150m|amd a6-3400m|amd a6-3420m|amd a6-4400m|amd a6-5350m|amd a6-5357m|amd a6-9500e
        35|amd a8-3500m|amd a8-3520m|amd a8-4500m|amd a8-5550m|amd a8-5557m|amd amd pro a10-8770e
        35|amd amd pro a10-9700e|amd amd pro a10-9730b|amd amd pro a12-8870e|amd amd pro a12-9800e
        35|amd amd pro a12-9830b|amd amd pro a6-8570e|amd amd pro a6-9500e|amd amd pro a8-9630b
        35|amd athlon 200ge|amd athlon 220ge|amd athlon 240ge|amd athlon 3000g|amd athlon 300ge
        35|amd athlon 320ge|amd athlon 64 3500+ ee|amd athlon 64 x2 3800+ ee sff|amd athlon gold 3150ge
        35|amd athlon gold 3150ge (oem only)|amd athlon gold pro 3150ge|amd athlon pro 200ge
        35|amd athlon pro 300ge|amd athlon silver 3050ge|amd athlon silver 3050ge (oem only)
        35|amd athlon silver pro 3125ge|amd athlon x2 ql-60|amd athlon x2 ql-64|amd athlon x2 ql-65
        35|amd athlon x2 ql-67|amd e2-3000m|amd fx 9830p|amd fx-7600p|amd mobile athlon 64 2700+|amd n640
        35|amd n660|amd n870|amd n960|amd n970|amd opteron 4256 ee|amd opteron 4310 ee|amd opteron 43cx ee
        35|amd p650|amd p860|amd pro a10-8770e|amd pro a10-9700e|amd pro a10-9730b|amd pro a12-8870e
        35|amd pro a12-9800e|amd pro a12-9830b|amd pro a6-8570e|amd pro a6-9500e|amd pro a8-9630b
        35|amd ryzen 3 2200ge|amd ryzen 3 3200ge (oem only)|amd ryzen 3 4300ge
        35|amd ryzen 3 4300ge (oem only)|amd ryzen 3 5300ge (oem only)|amd ryzen 3 5305ge
        35|amd ryzen 3 8300ge|amd ryzen 3 pro 2200ge|amd ryzen 3 pro 3200ge|amd ryzen 3 pro 4350ge
        35|amd ryzen 3 pro 4355ge|amd ryzen 3 pro 5350ge|amd ryzen 3 pro 5355ge|amd ryzen 3 pro 8300ge
        35|amd ryzen 5 2400ge|amd ryzen 5 3400ge (oem only)|amd ryzen 5 3550h|amd ryzen 5 4600ge
        35|amd ryzen 5 4600ge (oem only)|amd ryzen 5 4600hs|amd ryzen 5 5600ge|amd ryzen 5 5600hs
        35|amd ryzen 5 5605ge|amd ryzen 5 8500ge|amd ryzen 5 pro 2400ge|amd ryzen 5 pro 3350ge
        35|amd ryzen 5 pro 3400ge|amd ryzen 5 pro 4650ge|amd ryzen 5 pro 4655ge|amd ryzen 5 pro 5650ge
        35|amd ryzen 5 pro 5655ge|amd ryzen 5 pro 6650hs|amd ryzen 5 pro 8500ge|amd ryzen 5 pro 8600ge
        35|amd ryzen 7 3750h|amd ryzen 7 4700ge|amd ryzen 7 4700ge (oem only)|amd ryzen 7 5700ge
        35|amd ryzen 7 5705ge|amd ryzen 7 5800hs|amd ryzen 7 6800hs|amd ryzen 7 pro 4750ge
        35|amd ryzen 7 pro 5750ge|amd ryzen 7 pro 5755ge|amd ryzen 7 pro 6850hs|amd ryzen 7 pro 8700ge
        35|amd ryzen 9 4900hs|amd ryzen 9 5900hs|amd ryzen 9 5980hs|amd ryzen 9 6980hs
        35|amd ryzen 9 pro 6950hs|amd sempron 3000+ ee sff|amd sempron 3200+ ee sff
        35|amd sempron 3400+ ee sff|amd sempron 3500+ ee sff|amd turion 64 ml-30|amd turion 64 ml-32
        35|amd turion 64 ml-34|amd turion 64 ml-37|amd turion 64 ml-40|amd turion 64 ml-42
        35|amd turion 64 ml-44|amd turion x2 rm-72|amd turion x2 rm-74|amd turion x2 rm-75
        35|amd turion x2 rm-77|amd turion x2 ultra zm-82|amd turion x2 ultra zm-84
        35|amd turion x2 ultra zm-85|amd turion x2 ultra zm-86|amd turion x2 ultra zm-87
        35|amd turion x2 ultra zm-88|intel celeron 1000m|intel celeron 1005m|intel celeron 1020e
        35|intel celeron 1020m|intel celeron 420|intel celeron 430|intel celeron 440|intel celeron 450
        35|intel celeron 6600he|intel celeron 900|intel celeron 925|intel celeron b710|intel celeron b720
        35|intel celeron b730|intel celeron b800|intel celeron b810|intel celeron b810e|intel celeron b815
        35|intel celeron b820|intel celeron b830|intel celeron b840|intel celeron g1610t
        35|intel celeron g1620t|intel celeron g1820t|intel celeron g1820te|intel celeron g1840t
        35|intel celeron g3900e|intel celeron g3900t|intel celeron g3900te|intel celeron g3930t
        35|intel celeron g3930te|intel celeron g440|intel celeron g460|intel celeron g465
        35|intel celeron g470|intel celeron g4900t|intel celeron g4930e|intel celeron g4930t
        35|intel celeron g530t|intel celeron g540t|intel celeron g550t|intel celeron g5900t
        35|intel celeron g5900te|intel celeron g5905t|intel celeron p4500|intel celeron p4505
        35|intel celeron p4600|intel celeron t1400|intel celeron t1500|intel celeron t1600
        35|intel celeron t1700|intel celeron t3000|intel celeron t3100|intel celeron t3300
        35|intel celeron t3500|intel core 2 duo e8135|intel core 2 duo e8335|intel core 2 duo t5200
        35|intel core 2 duo t5250|intel core 2 duo t5270|intel core 2 duo t5450|intel core 2 duo t5470
        35|intel core 2 duo t5500|intel core 2 duo t5550|intel core 2 duo t5600|intel core 2 duo t5670
        35|intel core 2 duo t5750|intel core 2 duo t5800|intel core 2 duo t5850|intel core 2 duo t5870
        35|intel core 2 duo t5900|intel core 2 duo t6400|intel core 2 duo t6500|intel core 2 duo t6570
        35|intel core 2 duo t6600|intel core 2 duo t6670|intel core 2 duo t6900|intel core 2 duo t6970
        35|intel core 2 duo t7100|intel core 2 duo t7200|intel core 2 duo t7250|intel core 2 duo t7300
        35|intel core 2 duo t7400|intel core 2 duo t7500|intel core 2 duo t7600|intel core 2 duo t7600g
        35|intel core 2 duo t7700|intel core 2 duo t7800|intel core 2 duo t8100|intel core 2 duo t8300
        35|intel core 2 duo t9300|intel core 2 duo t9400|intel core 2 duo t9500|intel core 2 duo t9550
        35|intel core 2 duo t9600|intel core 2 duo t9800|intel core 2 duo t9900|intel core i3-10100t
        35|intel core i3-10100te|intel core i3-10105t|intel core i3-10300t|intel core i3-10305t
        35|intel core i3-13100te|intel core i3-2100t|intel core i3-2120t|intel core i3-2308m
        35|intel core i3-2310e|intel core i3-2310m|intel core i3-2312m|intel core i3-2328m
        35|intel core i3-2330e|intel core i3-2330m|intel core i3-2332m|intel core i3-2348m
        35|intel core i3-2350m|intel core i3-2370m|intel core i3-3110m|intel core i3-3120m
        35|intel core i3-3120me|intel core i3-3130m|intel core i3-3220t|intel core i3-3240t
        35|intel core i3-3250t|intel core i3-330e|intel core i3-330m|intel core i3-350m|intel core i3-370m
        35|intel core i3-380m|intel core i3-390m|intel core i3-4130t|intel core i3-4150t
        35|intel core i3-4160t|intel core i3-4170t|intel core i3-4330t|intel core i3-4330te
        35|intel core i3-4340te|intel core i3-4350t|intel core i3-4360t|intel core i3-4370t
        35|intel core i3-6100e|intel core i3-6100h|intel core i3-6100t|intel core i3-6100te
        35|intel core i3-6300t|intel core i3-7100e|intel core i3-7100h|intel core i3-7100t
        35|intel core i3-7101te|intel core i3-7120t|intel core i3-7300t|intel core i3-7320t
        35|intel core i3-8100t|intel core i3-8300t|intel core i3-9100t|intel core i3-9100te
        35|intel core i3-9300t|intel core i5-10400t|intel core i5-10500t|intel core i5-10500te
        35|intel core i5-10600t|intel core i5-11300h|intel core i5-11320h|intel core i5-11400t
        35|intel core i5-11500t|intel core i5-11600t|intel core i5-13500te|intel core i5-2390t
        35|intel core i5-2410m|intel core i5-2415m|intel core i5-2430m|intel core i5-2435m
        35|intel core i5-2450m|intel core i5-2510e|intel core i5-2515e|intel core i5-2520m
        35|intel core i5-2540m|intel core i5-3210m|intel core i5-3230m|intel core i5-3320m
        35|intel core i5-3340m|intel core i5-3360m|intel core i5-3365m|intel core i5-3380m
        35|intel core i5-3470t|intel core i5-3610me|intel core i5-430m|intel core i5-4460t
        35|intel core i5-450m|intel core i5-4570t|intel core i5-4570te|intel core i5-4590t
        35|intel core i5-460m|intel core i5-480m|intel core i5-520e|intel core i5-520m|intel core i5-540m
        35|intel core i5-560m|intel core i5-580m|intel core i5-6400t|intel core i5-6500t
        35|intel core i5-6500te|intel core i5-6600t|intel core i5-7400t|intel core i5-7500t
        35|intel core i5-7600t|intel core i5-8400t|intel core i5-8420t|intel core i5-8500t
        35|intel core i5-8600t|intel core i5-9400t|intel core i5-9500t|intel core i5-9500te
        35|intel core i5-9600t|intel core i7-10700t|intel core i7-10700te|intel core i7-11375h
        35|intel core i7-11390h|intel core i7-11700t|intel core i7-13700te|intel core i7-2620m
        35|intel core i7-2640m|intel core i7-3520m|intel core i7-3525m|intel core i7-3540m
        35|intel core i7-3612qe|intel core i7-3612qm|intel core i7-3632qm|intel core i7-4765t
        35|intel core i7-4785t|intel core i7-610e|intel core i7-620m|intel core i7-640m
        35|intel core i7-6700t|intel core i7-6700te|intel core i7-7700t|intel core i7-8670t
        35|intel core i7-8700t|intel core i7-9700t|intel core i7-9700te|intel core i9-10900t
        35|intel core i9-10900te|intel core i9-11900t|intel core i9-13900te|intel core i9-9900t
        35|intel pentium 2020m|intel pentium 2030m|intel pentium 4-m 2.20|intel pentium 4-m 2.40
        35|intel pentium 4-m 2.50|intel pentium 4-m 2.60|intel pentium a1018|intel pentium b940
        35|intel pentium b950|intel pentium b960|intel pentium b970|intel pentium b980
        35|intel pentium g2020t|intel pentium g2030t|intel pentium g2100t|intel pentium g2120t
        35|intel pentium g3220t|intel pentium g3240t|intel pentium g3250t|intel pentium g3260t
        35|intel pentium g3320te|intel pentium g3420t|intel pentium g3440t|intel pentium g3450t
        35|intel pentium g3460t|intel pentium g4400t|intel pentium g4400te|intel pentium g4500t
        35|intel pentium g4560t|intel pentium g4600t|intel pentium g620t|intel pentium g630t
        35|intel pentium g640t|intel pentium g645t|intel pentium g860t|intel pentium gold g5400t
        35|intel pentium gold g5420t|intel pentium gold g5500t|intel pentium gold g5600e
        35|intel pentium gold g5600t|intel pentium gold g6400t|intel pentium gold g6400te
        35|intel pentium gold g6405t|intel pentium gold g6500t|intel pentium gold g6505t
        35|intel pentium p6000|intel pentium p6100|intel pentium p6200|intel pentium p6300
        35|intel pentium t2310|intel pentium t2330|intel pentium t2370|intel pentium t2390
        35|intel pentium t2410|intel pentium t3200|intel pentium t3400|intel pentium t4200
        35|intel pentium t4300|intel pentium t4400|intel pentium t4500|intel xeon d-1513n
        35|intel xeon d-1518|intel xeon d-1527|intel xeon d-1528|intel xeon d-1537|intel xeon d-1539
        35|intel xeon d-1623n|intel xeon e-2278gel|intel xeon e3-1265l v4|intel xeon e3-1268l v5
        35|intel xeon e3-1565l v5|intel xeon l5238|intel xeon lc3528|intel xeon lv 2.0|intel xeon lv 5138
        35|intel xeon w-1250te|intel xeon w-1270te|intel xeon w-1290t|intel xeon w-1290te
        35|intel xeon w-1390t
        36|intel xeon d-1722ne
        36.2|intel pentium iii xeon 500
        37|intel celeron 2000e|intel celeron 2950m|intel celeron 2970m|intel core i3-4000m
        37|intel core i3-4010m|intel core i3-4100e|intel core i3-4100m|intel core i3-4110e
        37|intel core i3-4110m|intel core i5-4200m|intel core i5-4210m|intel core i5-4300m
        37|intel core i5-4310m|intel core i5-4330m|intel core i5-4340m|intel core i5-4400e
        37|intel core i5-4410e|intel core i7-4600m|intel core i7-4610m|intel core i7-4702hq
        37|intel core i7-4702mq|intel core i7-4712hq|intel core i7-4712mq|intel core i7-4722hq
        37|intel pentium 3550m|intel pentium 3560m
        38|amd athlon 600|amd athlon 650|intel atom c5315|intel pentium iii 800|intel pentium iii 866
        38|intel xeon d-1714|intel xeon l5508
        38.1|intel pentium ii xeon 400
        39.3|intel pentium iii xeon 900
        40|amd athlon 700|amd opteron 4365|intel pentium 1405|intel pentium 1405 v2|intel xeon 5148
        40|intel xeon d-1622|intel xeon d-1712tr|intel xeon e3-1125c|intel xeon e3-1125c v2
        40|intel xeon e5-2618l|intel xeon l5240|intel xeon l5318|intel xeon l5408|intel xeon l5609
        40|intel xeon l5618|intel xeon l5630|intel xeon lv 2.4|intel xeon lv 5113|intel xeon lv 5128
        40|intel xeon lv 5133|intel xeon lv 5148
        41|intel atom c5320|intel atom c5325
        42|intel xeon d-1813nt|intel xeon d-1834
        43|intel atom c5115|intel core i7-4700ec
        44|intel core 2 duo e8235|intel core 2 duo e8435|intel core 2 extreme x7800
        44|intel core 2 extreme x7900|intel core 2 extreme x9000|intel core 2 extreme x9100
        45|amd a10-6700t|amd a10-6790b|amd a10-6800b|amd a4-3330mx|amd a6-3410mx|amd a6-3430mx
        45|amd a8-3510mx|amd a8-3530mx|amd a8-3550mx|amd a8-6500t|amd a8-7680|amd athlon 255e
        45|amd athlon 425e|amd athlon 620e|amd athlon 64 le-1600|amd athlon 64 le-1620
        45|amd athlon 64 le-1640|amd athlon 64 le-1640b|amd athlon 64 le-1660|amd athlon 800
        45|amd athlon ii x2 210e|amd athlon ii x2 235e|amd athlon ii x2 240e|amd athlon ii x2 245e
        45|amd athlon ii x2 250e|amd athlon ii x3 400e|amd athlon ii x3 405e|amd athlon ii x3 415e
        45|amd athlon ii x3 420e|amd athlon ii x3 425e|amd athlon ii x4 600e|amd athlon ii x4 605e
        45|amd athlon ii x4 610e|amd athlon ii x4 615e|amd athlon ii x4 620e|amd athlon x2 4050e
        45|amd athlon x2 4450e|amd athlon x2 4850e|amd athlon x2 5050e|amd athlon x2 be-2300
        45|amd athlon x2 be-2350|amd athlon x2 be-2400|amd athlon xp-m 2000+|amd athlon xp-m 2200+
        45|amd athlon xp-m 2400+|amd athlon xp-m 2500+|amd athlon xp-m 2600+|amd athlon xp-m 3000+
        45|amd opteron 3250 he|amd opteron 3260 he|amd opteron 3350 he|amd ryzen 5 240|amd ryzen 5 2600e
        45|amd ryzen 5 2600h|amd ryzen 5 4600h|amd ryzen 5 5500h|amd ryzen 5 5600h|amd ryzen 5 6600h
        45|amd ryzen 5 7235hs|amd ryzen 5 8645hs|amd ryzen 5 pro 6650h|amd ryzen 5 pro 8645hs
        45|amd ryzen 7 260|amd ryzen 7 2700e|amd ryzen 7 2800h|amd ryzen 7 4800h|amd ryzen 7 4800hs
        45|amd ryzen 7 5800h|amd ryzen 7 6800h|amd ryzen 7 7435hs|amd ryzen 7 8845hs|amd ryzen 7 pro 6850h
        45|amd ryzen 7 pro 8845hs|amd ryzen 9 270|amd ryzen 9 5900hx|amd ryzen 9 5980hx|amd ryzen 9 6900hx
        45|amd ryzen 9 6980hx|amd ryzen 9 8945hs|amd ryzen 9 pro 6950h|amd ryzen 9 pro 8945hs
        45|amd ryzen embedded v1756b|amd ryzen embedded v1807b|amd sempron 130|amd sempron 140
        45|amd sempron 145|amd sempron 150|amd sempron 180|amd sempron le-1100|amd sempron le-1150
        45|amd sempron le-1200|amd sempron le-1250|amd sempron le-1300|amd x940
        45|intel core 2 extreme qx9300|intel core 2 quad q9000|intel core 2 quad q9100|intel core 3 201te
        45|intel core 5 211te|intel core 5 221te|intel core 7 251te|intel core i3-11100he
        45|intel core i3-13300he|intel core i3-13300hre|intel core i3-8100h|intel core i5 14401te
        45|intel core i5 14501te|intel core i5-10200h|intel core i5-10300h|intel core i5-10400h
        45|intel core i5-10500h|intel core i5-11260h|intel core i5-11400h|intel core i5-11500h
        45|intel core i5-11500he|intel core i5-13600hre|intel core i5-2500t|intel core i5-3570t
        45|intel core i5-4670t|intel core i5-4690t|intel core i5-6300hq|intel core i5-6350hq
        45|intel core i5-6440eq|intel core i5-6440hq|intel core i5-7300hq|intel core i5-7440eq
        45|intel core i5-7440hq|intel core i5-8300h|intel core i5-8400h|intel core i5-9300h
        45|intel core i5-9300hf|intel core i5-9400h|intel core i7 14701te|intel core i7-10750h
        45|intel core i7-10850h|intel core i7-10870h|intel core i7-10875h|intel core i7-10885h
        45|intel core i7-11600h|intel core i7-11800h|intel core i7-11850h|intel core i7-11850he
        45|intel core i7-12700h|intel core i7-13800he|intel core i7-13800hre|intel core i7-2630qm
        45|intel core i7-2635qm|intel core i7-2670qm|intel core i7-2675qm|intel core i7-2710qe
        45|intel core i7-2715qe|intel core i7-2720qm|intel core i7-2760qm|intel core i7-2820qm
        45|intel core i7-2860qm|intel core i7-3610qe|intel core i7-3610qm|intel core i7-3615qe
        45|intel core i7-3615qm|intel core i7-3630qm|intel core i7-3635qm|intel core i7-3720qm
        45|intel core i7-3740qm|intel core i7-3770t|intel core i7-3820qm|intel core i7-3840qm
        45|intel core i7-4770t|intel core i7-4770te|intel core i7-4790t|intel core i7-6700hq
        45|intel core i7-6770hq|intel core i7-6820eq|intel core i7-6820hk|intel core i7-6820hq
        45|intel core i7-6870hq|intel core i7-6920hq|intel core i7-6970hq|intel core i7-720qm
        45|intel core i7-740qm|intel core i7-7700hq|intel core i7-7820eq|intel core i7-7820hk
        45|intel core i7-7820hq|intel core i7-7920hq|intel core i7-820qm|intel core i7-840qm
        45|intel core i7-8750h|intel core i7-8850h|intel core i7-9750h|intel core i7-9750hf
        45|intel core i7-9850h|intel core i7-9850he|intel core i9 14901te|intel core i9-10885h
        45|intel core i9-10980hk|intel core i9-8950hk|intel core i9-9880h|intel core i9-9980hk
        45|intel xeon d-1520|intel xeon d-1521|intel xeon d-1523n|intel xeon d-1524n|intel xeon d-1531
        45|intel xeon d-1533n|intel xeon d-1540|intel xeon d-1541|intel xeon d-1543n|intel xeon d-1548
        45|intel xeon d-1557|intel xeon d-1559|intel xeon d-1571|intel xeon d-1577|intel xeon d-1627
        45|intel xeon d-1633n|intel xeon d-1649n|intel xeon d-1713nt|intel xeon d-1713nte
        45|intel xeon d-1731nte|intel xeon e-2176m|intel xeon e-2186m|intel xeon e-2254me
        45|intel xeon e-2276m|intel xeon e-2276me|intel xeon e-2286m|intel xeon e3-1260l
        45|intel xeon e3-1260l v5|intel xeon e3-1265l|intel xeon e3-1265l v2|intel xeon e3-1265l v3
        45|intel xeon e3-1268l v3|intel xeon e3-1270l v4|intel xeon e3-1275l v3|intel xeon e3-1501m v6
        45|intel xeon e3-1505m v5|intel xeon e3-1505m v6|intel xeon e3-1515m v5|intel xeon e3-1535m v5
        45|intel xeon e3-1535m v6|intel xeon e3-1545m v5|intel xeon e3-1558l v5|intel xeon e3-1575m v5
        45|intel xeon e3-1578l v5|intel xeon e3-1585l v5|intel xeon e5-2408l v3|intel xeon l3110
        45|intel xeon l3426|intel xeon w-10855m|intel xeon w-10885m|intel xeon w-11955m
        46|intel xeon d-1718t
        46.7|intel pentium ii xeon 450
        47|amd athlon 850|intel core i5-4200h|intel core i5-4210h|intel core i5-5350h|intel core i7-4700eq
        47|intel core i7-4700hq|intel core i7-4700mq|intel core i7-4701eq|intel core i7-4710hq
        47|intel core i7-4710mq|intel core i7-4720hq|intel core i7-4750hq|intel core i7-4760hq
        47|intel core i7-4770hq|intel core i7-4800mq|intel core i7-4810mq|intel core i7-4850eq
        47|intel core i7-4850hq|intel core i7-4860eq|intel core i7-4860hq|intel core i7-4870hq
        47|intel core i7-4900mq|intel core i7-4910mq|intel core i7-4950hq|intel core i7-4960hq
        47|intel core i7-4980hq|intel core i7-5700eq|intel core i7-5700hq|intel core i7-5750hq
        47|intel core i7-5850eq|intel core i7-5850hq|intel core i7-5950hq|intel xeon e3-1258l v4
        47|intel xeon e3-1278l v4|intel xeon e3-1283l v4|intel xeon e3-1284l v4
        48|intel atom p5721|intel xeon lc5518|intel xeon mp 1.5
        50|amd athlon 900|amd athlon xp 1700+|amd epyc embedded 3251|intel atom c5125|intel atom c5335c1
        50|intel xeon d-1715ter|intel xeon d-1734nt|intel xeon e5-2418l|intel xeon e5-2418l v2
        50|intel xeon e5-2418l v3|intel xeon e5-2449l|intel xeon e5-2608l v4|intel xeon e5-2618l v2
        50|intel xeon l5310|intel xeon l5320|intel xeon l5335|intel xeon l5410|intel xeon l5420
        50|intel xeon l5430|intel xeon l7345|intel xeon l7445
        51|amd athlon xp 1800+|intel celeron g3900|intel celeron g3920|intel celeron g3930
        51|intel celeron g3950|intel core i3-6100|intel core i3-6300|intel core i3-6320|intel core i3-7100
        51|intel core i3-7120|intel core i3-7300|intel core i3-7320|intel core i3-7340|intel pentium g4500
        51|intel pentium g4520|intel pentium g4600|intel pentium g4620
        52|amd athlon 950|intel pentium 4 1.3|intel xeon d-1732te|intel xeon e5-2608l v3
        52.8|intel celeron 2.0
        53|amd athlon xp 1900+|intel celeron g1820|intel celeron g1830|intel celeron g1840
        53|intel celeron g1850|intel pentium g3220|intel pentium g3240|intel pentium g3250
        53|intel pentium g3258|intel pentium g3260|intel pentium g3420|intel pentium g3430
        53|intel pentium g3440|intel pentium g3450|intel pentium g3460|intel pentium g3470
        53|intel xeon d-1733nt
        54|amd athlon 1000|amd ryzen 5 7533hs|amd ryzen 5 7535hs|amd ryzen 5 7640hs|amd ryzen 7 7735hs
        54|amd ryzen 7 7840hs|amd ryzen 9 4900h|amd ryzen 9 7940hs|intel atom p5731|intel celeron g3930e
        54|intel celeron g4900|intel celeron g4920|intel celeron g4930|intel celeron g4950
        54|intel core i3-4130|intel core i3-4150|intel core i3-4160|intel core i3-4170|intel core i3-4330
        54|intel core i3-4340|intel core i3-4350|intel core i3-4360|intel core i3-4370|intel core i3-6098p
        54|intel core i3-7101e|intel pentium g4400|intel pentium g4560|intel pentium gold g5420
        54|intel pentium gold g5500|intel pentium gold g5600|intel pentium gold g5620
        55|amd opteron 146 he|amd opteron 148 he|amd opteron 246 he|amd opteron 248 he|amd opteron 250 he
        55|amd opteron 846 he|amd opteron 848 he|amd opteron 850 he|amd opteron x2 260 he
        55|amd opteron x2 265 he|amd opteron x2 270 he|amd opteron x2 275 he|amd opteron x2 860 he
        55|amd opteron x2 865 he|amd opteron x2 870 he|amd opteron x2 875 he|amd ryzen 5 7645hx
        55|amd ryzen 7 7745hx|amd ryzen 7 7840hx|amd ryzen 7 8745hx|amd ryzen 7 8840hx|amd ryzen 9 7845hx
        55|amd ryzen 9 7940hx|amd ryzen 9 7945hx|amd ryzen 9 7945hx3d|amd ryzen 9 8940hx
        55|amd ryzen 9 8945hx|amd ryzen 9 9850hx|amd ryzen 9 9955hx|amd ryzen 9 9955hx3d
        55|amd ryzen ai max 385|amd ryzen ai max 390|amd ryzen ai max pro 380|amd ryzen ai max pro 385
        55|amd ryzen ai max pro 390|amd ryzen ai max+ 395|amd ryzen ai max+ pro 395|intel atom p5322
        55|intel celeron g1610|intel celeron g1620|intel celeron g1630|intel core i3-3210
        55|intel core i3-3220|intel core i3-3225|intel core i3-3240|intel core i3-3245|intel core i3-3250
        55|intel core i5-1335u|intel core i7-2920xm|intel core i7-2920xm extreme edition
        55|intel core i7-2960xm|intel core i7-2960xm extreme edition|intel core i7-3920xm
        55|intel core i7-3920xm extreme edition|intel core i7-3940xm|intel core i7-3940xm extreme edition
        55|intel core i7-920xm|intel core i7-940xm|intel core i9-14900hx|intel pentium 4 1.4
        55|intel pentium g2010|intel pentium g2020|intel pentium g2030|intel pentium g2120
        55|intel pentium g2130|intel pentium g2140|intel xeon 1.8|intel xeon 6315p|intel xeon 6325p
        55|intel xeon d-1637|intel xeon d-1736|intel xeon d-1823nt|intel xeon d-1844nt|intel xeon d-1846
        55|intel xeon e-2414|intel xeon e-2434|intel xeon e3-1135c v2|intel xeon e5-2428l v3
        55|intel xeon e5-2630l v3|intel xeon e5-2630l v4|intel xeon l5248|intel xeon lv 2.8
        55|intel xeon lv 3.0|intel xeon mp 1.9
        55.5|intel celeron 2.1
        56|intel xeon 1.4
        57|intel core i7-4930mx|intel core i7-4930mx extreme edition|intel core i7-4940mx
        57|intel core i7-4940mx extreme edition|intel xeon d-1848ter|intel xeon mp 2.0
        57.1|intel celeron 2.2
        58|intel celeron g5900|intel celeron g5900e|intel celeron g5905|intel celeron g5920
        58|intel celeron g5925|intel core 3 201ef|intel pentium 4 1.5|intel pentium gold g5400
        58|intel pentium gold g6400|intel pentium gold g6400e|intel pentium gold g6405
        58|intel pentium gold g6500|intel pentium gold g6505|intel pentium gold g6600
        58|intel pentium gold g6605|intel xeon 2.0a|intel xeon 2.0b
        58.3|intel celeron 2.3
        59|amd athlon 64 3500+ (f3)|amd athlon 64 3800+ (f3)|amd athlon 64 4000+ (f3)|intel xeon d-1735tr
        59.2|intel xeon 1.5
        59.8|intel celeron 2.4
        60|amd athlon 1100|amd athlon xp 1500+|amd athlon xp 2000+|intel celeron 1.5|intel core 3 201e
        60|intel core i3-13100e|intel core i3-7350k|intel mobile pentium 4 2.40|intel xeon 2.6
        60|intel xeon d-2123it|intel xeon e5-1428l|intel xeon e5-1428l v2|intel xeon e5-2428l
        60|intel xeon e5-2428l v2|intel xeon e5-2430l|intel xeon e5-2430l v2|intel xeon e5-2450l v2
        60|intel xeon e5-2628l|intel xeon e5-2630l|intel xeon e5-2630l v2|intel xeon l5506
        60|intel xeon l5518|intel xeon l5520|intel xeon l5530|intel xeon l5638|intel xeon l5639
        60|intel xeon l5640|intel xeon l5645|intel xeon lc5528
        61|intel atom p5332|intel celeron 2.5|intel pentium 4 1.6|intel xeon 2.2
        62|amd athlon 64 3000+|amd athlon 64 3500+|amd mobile athlon 64 3000+|amd mobile athlon 64 3200+
        62|amd mobile athlon 64 3400+|amd sempron 2200+|amd sempron 2300+|amd sempron 2400+
        62|amd sempron 2500+|amd sempron 2600+|amd sempron 2800+|amd sempron 3000+|amd sempron 3200+
        62|amd sempron 3300+|amd sempron 3400+|amd sempron 3500+|amd sempron 3600+|amd sempron 3800+
        62|intel core i3-8300|intel core i3-9300|intel core i3-9320
        62.6|intel celeron 2.6
        63|amd athlon 1133|amd athlon xp 1600+|amd athlon xp 2200+
        63.5|intel celeron 1.7
        64|intel core i7-1270p|intel pentium 4 1.7|intel xeon mp 1.4
        65|amd a10 pro-7800b|amd a10-5700|amd a10-6700|amd a10-7860k
        65|amd a10-7860k and near silent thermal solution|amd a10-9700|amd a12-9800|amd a4 pro-7300b
        65|amd a4 pro-7350b|amd a4-3300|amd a4-3400|amd a4-3420|amd a4-4000|amd a4-5300|amd a4-5300b
        65|amd a4-6300|amd a4-6320|amd a4-7210|amd a4-7300|amd a6 pro-7400b|amd a6-3500|amd a6-3600
        65|amd a6-3620|amd a6-5400b|amd a6-5400k|amd a6-6400b|amd a6-6400k|amd a6-6420b|amd a6-6420k
        65|amd a6-7400k|amd a6-7470k|amd a6-9500|amd a6-9550|amd a8 pro-7600b|amd a8-3800|amd a8-3820
        65|amd a8-5500|amd a8-5500b|amd a8-6500|amd a8-6500b|amd a8-6600k|amd a8-7600|amd a8-9600
        65|amd amd athlon x4 970|amd amd pro a10-8750b|amd amd pro a10-8770|amd amd pro a10-9700
        65|amd amd pro a12-8870|amd amd pro a12-9800|amd amd pro a4-8350b|amd amd pro a6-8550b
        65|amd amd pro a6-8570|amd amd pro a6-9500|amd amd pro a8-8650b|amd amd pro a8-9600
        65|amd athlon 631 (65w)|amd athlon 638|amd athlon 64 x2 3600+|amd athlon 64 x2 3600+ ee
        65|amd athlon 64 x2 3800+ ee|amd athlon 64 x2 4000+|amd athlon 64 x2 4000+ ee
        65|amd athlon 64 x2 4200+ ee|amd athlon 64 x2 4400+|amd athlon 64 x2 4400+ ee
        65|amd athlon 64 x2 4600+ ee|amd athlon 64 x2 4800+ ee|amd athlon 64 x2 5000+ be
        65|amd athlon 64 x2 5000+ ee|amd athlon 64 x2 5200+ ee|amd athlon 64 x2 5400+
        65|amd athlon 64 x2 5400+ be|amd athlon 64 x2 5600+|amd athlon 740|amd athlon 750
        65|amd athlon gold 3150g|amd athlon gold 3150g (oem only)|amd athlon gold pro 3150g
        65|amd athlon ii x2 215|amd athlon ii x2 220|amd athlon ii x2 240|amd athlon ii x2 245
        65|amd athlon ii x2 250|amd athlon ii x2 255|amd athlon ii x2 260|amd athlon ii x2 265
        65|amd athlon ii x2 270|amd athlon ii x2 280|amd athlon ii x4 638|amd athlon x4 940
        65|amd athlon x4 950|amd athlon x4 970|amd athlon xp 2400+|amd e2-3200|amd e2-7110|amd epyc 4124p
        65|amd epyc 4244p|amd epyc 4245p|amd epyc 4344p|amd epyc 4345p|amd epyc 4464p|amd epyc 4465p
        65|amd epyc 4545p|amd opteron 3280|amd opteron 3365|amd opteron 3380|amd opteron 4228 he
        65|amd opteron 4230 he|amd opteron 4274 he|amd opteron 4276 he|amd opteron 4332 he
        65|amd opteron 4376 he|amd opteron 43gk he|amd phenom ii x3 700e|amd phenom ii x3 705e
        65|amd phenom ii x4 900e|amd phenom ii x4 905e|amd phenom ii x4 910e|amd phenom x3 8250e
        65|amd phenom x3 8450e|amd phenom x4 9100e|amd phenom x4 9150e|amd phenom x4 9350e
        65|amd phenom x4 9450e|amd pro a10-8750b|amd pro a10-8770|amd pro a10-9700|amd pro a12-8870
        65|amd pro a12-9800|amd pro a4-8350b|amd pro a6-8550b|amd pro a6-8570|amd pro a6-9500
        65|amd pro a8-8650b|amd pro a8-9600|amd ryzen 3 1200|amd ryzen 3 1300|amd ryzen 3 1300x
        65|amd ryzen 3 2200g|amd ryzen 3 2300x|amd ryzen 3 3100|amd ryzen 3 3200g|amd ryzen 3 3300x
        65|amd ryzen 3 4100|amd ryzen 3 4300g|amd ryzen 3 4300g (oem only)|amd ryzen 3 5300g (oem only)
        65|amd ryzen 3 5305g|amd ryzen 3 8300g|amd ryzen 3 pro 1200|amd ryzen 3 pro 1300
        65|amd ryzen 3 pro 2200g|amd ryzen 3 pro 3200g|amd ryzen 3 pro 4350g|amd ryzen 3 pro 4355g
        65|amd ryzen 3 pro 5350g|amd ryzen 3 pro 5355g|amd ryzen 3 pro 8300g|amd ryzen 5 1400
        65|amd ryzen 5 1500x|amd ryzen 5 1600|amd ryzen 5 1600 (af)|amd ryzen 5 2400g|amd ryzen 5 2500x
        65|amd ryzen 5 2600|amd ryzen 5 3400g|amd ryzen 5 3500 (oem only)|amd ryzen 5 3500x
        65|amd ryzen 5 3600|amd ryzen 5 4500|amd ryzen 5 4600g|amd ryzen 5 4600g (oem only)
        65|amd ryzen 5 5500|amd ryzen 5 5500gt|amd ryzen 5 5600|amd ryzen 5 5600g|amd ryzen 5 5600gt
        65|amd ryzen 5 5600t|amd ryzen 5 5600x|amd ryzen 5 5600xt|amd ryzen 5 5605g|amd ryzen 5 7400f
        65|amd ryzen 5 7500f|amd ryzen 5 7600|amd ryzen 5 7600x3d|amd ryzen 5 8400f|amd ryzen 5 8500g
        65|amd ryzen 5 8600g|amd ryzen 5 9600|amd ryzen 5 9600x|amd ryzen 5 pro 1500|amd ryzen 5 pro 1600
        65|amd ryzen 5 pro 2400g|amd ryzen 5 pro 2600|amd ryzen 5 pro 3350g|amd ryzen 5 pro 3400g
        65|amd ryzen 5 pro 3600|amd ryzen 5 pro 4650g|amd ryzen 5 pro 4655g|amd ryzen 5 pro 5645
        65|amd ryzen 5 pro 5650g|amd ryzen 5 pro 5655g|amd ryzen 5 pro 7645|amd ryzen 5 pro 8500g
        65|amd ryzen 5 pro 8600g|amd ryzen 7 1700|amd ryzen 7 2700|amd ryzen 7 3700x|amd ryzen 7 4700g
        65|amd ryzen 7 4700g (oem only)|amd ryzen 7 5700|amd ryzen 7 5700g|amd ryzen 7 5700x
        65|amd ryzen 7 5705g|amd ryzen 7 5800 (oem only)|amd ryzen 7 7700|amd ryzen 7 8700f
        65|amd ryzen 7 8700g|amd ryzen 7 9700x|amd ryzen 7 pro 1700|amd ryzen 7 pro 2700
        65|amd ryzen 7 pro 3700|amd ryzen 7 pro 4750g|amd ryzen 7 pro 5750g|amd ryzen 7 pro 5755g
        65|amd ryzen 7 pro 5845|amd ryzen 7 pro 7745|amd ryzen 7 pro 8700g|amd ryzen 9 3900 (oem only)
        65|amd ryzen 9 5900 (oem only)|amd ryzen 9 7900|amd ryzen 9 pro 3900|amd ryzen 9 pro 5945
        65|amd ryzen 9 pro 7945|amd sempron x2 2100|amd sempron x2 2200|amd sempron x2 2300
        65|intel celeron 445|intel celeron d 347|intel celeron d 356|intel celeron d 360
        65|intel celeron d 365|intel celeron e1200|intel celeron e1400|intel celeron e1500
        65|intel celeron e1600|intel celeron e3200|intel celeron e3300|intel celeron e3400
        65|intel celeron e3500|intel celeron g530|intel celeron g540|intel celeron g550|intel celeron g555
        65|intel core 2 duo e4300|intel core 2 duo e4400|intel core 2 duo e4500|intel core 2 duo e4600
        65|intel core 2 duo e4700|intel core 2 duo e6300|intel core 2 duo e6305|intel core 2 duo e6320
        65|intel core 2 duo e6400|intel core 2 duo e6405|intel core 2 duo e6420|intel core 2 duo e6540
        65|intel core 2 duo e6550|intel core 2 duo e6600|intel core 2 duo e6700|intel core 2 duo e6750
        65|intel core 2 duo e7200|intel core 2 duo e7300|intel core 2 duo e7400|intel core 2 duo e7500
        65|intel core 2 duo e7600|intel core 2 duo e8190|intel core 2 duo e8200|intel core 2 duo e8290
        65|intel core 2 duo e8300|intel core 2 duo e8400|intel core 2 duo e8500|intel core 2 duo e8600
        65|intel core 2 duo e8700|intel core 2 quad q8200s|intel core 2 quad q8400s
        65|intel core 2 quad q9400s|intel core 2 quad q9505s|intel core 2 quad q9550s|intel core 5 211e
        65|intel core 5 211ef|intel core 5 221e|intel core 7 251e|intel core i3-10100|intel core i3-10100e
        65|intel core i3-10100f|intel core i3-10105|intel core i3-10105f|intel core i3-10300
        65|intel core i3-10305|intel core i3-10320|intel core i3-10325|intel core i3-2100
        65|intel core i3-2102|intel core i3-2105|intel core i3-2120|intel core i3-2125|intel core i3-2130
        65|intel core i3-8000|intel core i3-8020|intel core i3-8100|intel core i3-8100b
        65|intel core i3-8100f|intel core i3-8120|intel core i3-9000|intel core i3-9100
        65|intel core i3-9100e|intel core i3-9100f|intel core i5 14401e|intel core i5 14501e
        65|intel core i5-10400|intel core i5-10400f|intel core i5-10500|intel core i5-10500e
        65|intel core i5-10505|intel core i5-10600|intel core i5-11400|intel core i5-11400f
        65|intel core i5-11500|intel core i5-11600|intel core i5-13400e|intel core i5-13500e
        65|intel core i5-2400s|intel core i5-2405s|intel core i5-2500s|intel core i5-3330s
        65|intel core i5-3335s|intel core i5-3340s|intel core i5-3450s|intel core i5-3470s
        65|intel core i5-3475s|intel core i5-3550s|intel core i5-3570s|intel core i5-4430s
        65|intel core i5-4440s|intel core i5-4460s|intel core i5-4570r|intel core i5-4570s
        65|intel core i5-4590s|intel core i5-4670r|intel core i5-4670s|intel core i5-4690s
        65|intel core i5-5575r|intel core i5-5675c|intel core i5-5675r|intel core i5-6400
        65|intel core i5-6402p|intel core i5-6500|intel core i5-6585r|intel core i5-6600
        65|intel core i5-6685r|intel core i5-7400|intel core i5-7500|intel core i5-7600
        65|intel core i5-8305g|intel core i5-8400|intel core i5-8400b|intel core i5-8420
        65|intel core i5-8500|intel core i5-8500b|intel core i5-8550|intel core i5-8600|intel core i5-8650
        65|intel core i5-9400|intel core i5-9400f|intel core i5-9500|intel core i5-9500e
        65|intel core i5-9500f|intel core i5-9600|intel core i7 14701e|intel core i7-10700
        65|intel core i7-10700e|intel core i7-10700f|intel core i7-11700|intel core i7-11700b
        65|intel core i7-11700f|intel core i7-13700e|intel core i7-2600s|intel core i7-3770s
        65|intel core i7-4770r|intel core i7-4770s|intel core i7-4790s|intel core i7-5775c
        65|intel core i7-5775r|intel core i7-6700|intel core i7-6785r|intel core i7-7700
        65|intel core i7-8670|intel core i7-8700|intel core i7-8700b|intel core i7-8705g
        65|intel core i7-8706g|intel core i7-8709g|intel core i7-8809g|intel core i7-9700
        65|intel core i7-9700e|intel core i7-9700f|intel core i9 14901e|intel core i9-10800f
        65|intel core i9-10900|intel core i9-10900e|intel core i9-10900f|intel core i9-11900
        65|intel core i9-11900f|intel core i9-13900e|intel core i9-9900|intel pentium e2140
        65|intel pentium e2160|intel pentium e2180|intel pentium e2200|intel pentium e2210
        65|intel pentium e2220|intel pentium e5200|intel pentium e5300|intel pentium e5400
        65|intel pentium e5500|intel pentium e5700|intel pentium e5800|intel pentium e6300
        65|intel pentium e6500|intel pentium e6500k|intel pentium e6600|intel pentium e6700
        65|intel pentium e6800|intel pentium g620|intel pentium g622|intel pentium g630|intel pentium g632
        65|intel pentium g640|intel pentium g645|intel pentium g840|intel pentium g850|intel pentium g860
        65|intel pentium g870|intel xeon 3040|intel xeon 3050|intel xeon 3060|intel xeon 3065
        65|intel xeon 3070|intel xeon 3075|intel xeon 3085|intel xeon 5110|intel xeon 5120|intel xeon 5130
        65|intel xeon 5140|intel xeon 5150|intel xeon 6333p|intel xeon 6353p|intel xeon d-1553n
        65|intel xeon d-1567|intel xeon d-1581|intel xeon d-1587|intel xeon d-1653n|intel xeon d-1748te
        65|intel xeon d-2141i|intel xeon d-2142it|intel xeon d-2143it|intel xeon d-2145nt
        65|intel xeon d-2712t|intel xeon e-2104g|intel xeon e-2314|intel xeon e-2324g|intel xeon e-2334
        65|intel xeon e-2336|intel xeon e-2378|intel xeon e-2436|intel xeon e-2468|intel xeon e3-1205 v6
        65|intel xeon e3-1285l v2|intel xeon e3-1285l v3|intel xeon e3-1285l v4|intel xeon e3-1286l v3
        65|intel xeon e3-1585 v5|intel xeon e3110|intel xeon e3113|intel xeon e3120|intel xeon e5-1428l v3
        65|intel xeon e5-2650l v3|intel xeon e5-2650l v4|intel xeon e5205|intel xeon e5220
        65|intel xeon e5240|intel xeon ec3539|intel xeon ec5539|intel xeon l3360|intel xeon l7455
        65|intel xeon mp 2.2
        65.8|intel xeon 1.7
        66|amd athlon 1200|intel mobile pentium 4 2.66|intel mobile pentium 4 ht 2.66
        66|intel pentium 4 ht 2.40|intel xeon mp 2.5
        66.1|intel celeron 1.8|intel celeron 1.8a
        66.8|intel celeron 2.7
        67|amd athlon 64 3400+|amd opteron 146|intel atom p5742|intel pentium 4 1.80|intel pentium 4 1.8a
        67|intel xeon d-1736nt|intel xeon d-1746ter
        68|amd athlon 1300|amd athlon xp 2500+|amd athlon xp 2500+ dtr|amd athlon xp 2600+
        68|amd athlon xp 2600+ dtr|amd athlon xp 2700+|amd athlon xp 2800+ dtr|amd athlon xp 3000+
        68|amd athlon xp 3100+|intel mobile pentium 4 2.80|intel mobile pentium 4 ht 2.80
        68.4|intel celeron 2.8
        69|intel core i5-3350p|intel pentium 4 1.9|intel pentium 4 ht 2.60|intel xeon e3-1220 v2
        69|intel xeon e3-1230 v2|intel xeon e3-1240 v2|intel xeon e3-1270 v2|intel xeon e3-1280 v2
        70|amd athlon 1333|intel mobile pentium 4 3.06|intel mobile pentium 4 ht 3.06
        70|intel pentium 4 ht 2.80|intel xeon d-1726|intel xeon d-2173it|intel xeon d-2832nt
        70|intel xeon e5-2438l v3|intel xeon e5-2448l|intel xeon e5-2448l v2|intel xeon e5-2450l
        70|intel xeon e5-2628l v2|intel xeon e5-2648l|intel xeon e5-2648l v2|intel xeon e5-2650l
        70|intel xeon e5-2650l v2|intel xeon e5-4624l v2|intel xeon silver 4109t|intel xeon silver 4209t
        71|intel atom p5342|intel xeon e-2124|intel xeon e-2124g|intel xeon e-2134|intel xeon e-2144g
        71|intel xeon e-2174g|intel xeon e-2224|intel xeon e-2224g|intel xeon e-2234|intel xeon e-2244g
        72|amd athlon 1400|amd athlon xp 2100+|intel xeon e3-1220 v6|intel xeon e3-1230 v6
        72|intel xeon e3-1240 v6|intel xeon e3-1270 v6|intel xeon e3-1280 v6|intel xeon mp 1.6
        72|intel xeon mp 2.8
        73|intel celeron 2.10|intel celeron 2.20|intel celeron 2.30|intel celeron 2.40|intel celeron 2.60
        73|intel celeron 2.70|intel celeron 2.80|intel celeron d 310|intel celeron d 315
        73|intel celeron d 320|intel celeron d 325|intel celeron d 326|intel celeron d 345
        73|intel celeron d 346|intel celeron d 350j|intel celeron g1101|intel core i3-530
        73|intel core i3-540|intel core i3-550|intel core i3-560|intel core i5-650|intel core i5-655k
        73|intel core i5-660|intel core i5-670|intel core i5-680|intel pentium g6950|intel pentium g6951
        73|intel pentium g6960|intel xeon e3-1225 v6|intel xeon e3-1245 v6|intel xeon e3-1275 v6
        74|amd athlon xp 2800+|intel atom p5752
        75|intel core 2 duo e6850|intel core 2 extreme x6800|intel core 2 extreme x6900
        75|intel itanium 9110n|intel xeon d-2163it|intel xeon e5-2618l v3|intel xeon e5-2618l v4
        75|intel xeon e5-2628l v3|intel xeon e5-2628l v4|intel xeon e5-2648l v3|intel xeon e5-2648l v4
        75|intel xeon e5-4628l v4
        76|intel mobile pentium 4 ht 3.20
        77|amd athlon xp 3200+|intel core i5-3330|intel core i5-3340|intel core i5-3450|intel core i5-3470
        77|intel core i5-3550|intel core i5-3570|intel core i5-3570k|intel core i7-3770
        77|intel core i7-3770k|intel xeon 2.4b|intel xeon 2.8b|intel xeon d-2752ter|intel xeon e3-1225 v2
        77|intel xeon e3-1245 v2|intel xeon e3-1275 v2|intel xeon e3-1285 v2
        78|intel atom p5352
        79|amd opteron 2350 he|intel xeon e3-1285 v6
        80|amd b57|amd b59|amd b60|amd epyc 8024pn|amd phenom ii 555|amd phenom ii 565|amd phenom ii 570
        80|amd phenom ii 965|amd phenom ii x2 545|amd phenom ii x2 550|amd phenom ii x2 550 be
        80|amd phenom ii x2 555 be|amd phenom ii x2 560 be|amd phenom ii x2 565 be|amd phenom ii x2 570 be
        80|amd phenom ii x2 b53|amd phenom ii x2 b55|amd phenom ii x2 b57|intel pentium 1403
        80|intel pentium 1403 v2|intel pentium 1407|intel xeon 5160|intel xeon 6337p|intel xeon 6357p
        80|intel xeon d-1747nte|intel xeon d-2146nt|intel xeon d-2733nt|intel xeon d-2843nt
        80|intel xeon e-2126g|intel xeon e-2136|intel xeon e-2146g|intel xeon e-2176g|intel xeon e-2226g
        80|intel xeon e-2226ge|intel xeon e-2236|intel xeon e-2246g|intel xeon e-2276g|intel xeon e-2278g
        80|intel xeon e-2278ge|intel xeon e-2356g|intel xeon e-2374g|intel xeon e-2378g|intel xeon e-2456
        80|intel xeon e-2478|intel xeon e3-1220|intel xeon e3-1220 v3|intel xeon e3-1220 v5
        80|intel xeon e3-1225 v5|intel xeon e3-1230|intel xeon e3-1230 v3|intel xeon e3-1230 v5
        80|intel xeon e3-1231 v3|intel xeon e3-1240|intel xeon e3-1240 v3|intel xeon e3-1240 v5
        80|intel xeon e3-1241 v3|intel xeon e3-1245 v5|intel xeon e3-1270|intel xeon e3-1270 v3
        80|intel xeon e3-1270 v5|intel xeon e3-1271 v3|intel xeon e3-1275 v5|intel xeon e3-1280 v5
        80|intel xeon e5-1410|intel xeon e5-1410 v2|intel xeon e5-2403|intel xeon e5-2403 v2
        80|intel xeon e5-2407|intel xeon e5-2407 v2|intel xeon e5-2420 v2|intel xeon e5-2430 v2
        80|intel xeon e5-2603|intel xeon e5-2603 v2|intel xeon e5-2609|intel xeon e5-2609 v2
        80|intel xeon e5-2620 v2|intel xeon e5-2630 v2|intel xeon e5-2637|intel xeon e5310
        80|intel xeon e5320|intel xeon e5330|intel xeon e5335|intel xeon e5340|intel xeon e5345
        80|intel xeon e5405|intel xeon e5410|intel xeon e5420|intel xeon e5430|intel xeon e5440
        80|intel xeon e5450|intel xeon e5462|intel xeon e5472|intel xeon e5502|intel xeon e5503
        80|intel xeon e5504|intel xeon e5506|intel xeon e5507|intel xeon e5520|intel xeon e5530
        80|intel xeon e5540|intel xeon e5603|intel xeon e5606|intel xeon e5607|intel xeon e5620
        80|intel xeon e5630|intel xeon e5640|intel xeon e5645|intel xeon e5649|intel xeon e7210
        80|intel xeon e7220|intel xeon e7310|intel xeon e7320|intel xeon e7330|intel xeon e7340
        80|intel xeon mp 2.7|intel xeon w-1250|intel xeon w-1250e|intel xeon w-1270|intel xeon w-1270e
        80|intel xeon w-1290|intel xeon w-1350|intel xeon w-1370|intel xeon w-1390|intel xeon x3323
        80|intel xeon x3353|intel xeon x3363|intel xeon x5260|intel xeon x5270|intel xeon x5272
        82|amd mobile athlon 64 2800+|amd mobile athlon 64 3700+|amd opteron 142|amd opteron 144
        82|amd opteron 240|amd opteron 840|amd opteron 842|intel core i5-750s|intel core i7-860s
        82|intel core i7-870s|intel pentium 4 ht 3.00|intel pentium 4 ht 3.20|intel xeon e3-1280 v3
        82|intel xeon e3-1281 v3
        83|amd athlon 64 3200+|intel atom p5362|intel xeon d-1739|intel xeon e-2274g
        84|intel celeron d 325j|intel celeron d 330|intel celeron d 330j|intel celeron d 331
        84|intel celeron d 335|intel celeron d 335j|intel celeron d 336|intel celeron d 340
        84|intel celeron d 340j|intel celeron d 341|intel celeron d 345j|intel celeron d 350
        84|intel celeron d 351|intel celeron d 352|intel celeron d 355|intel core i5-4430
        84|intel core i5-4440|intel core i5-4460|intel core i5-4570|intel core i5-4590|intel core i5-4670
        84|intel core i5-4670k|intel core i5-4690|intel core i7-4770|intel core i7-4770k
        84|intel core i7-4771|intel core i7-4790|intel pentium 4 505|intel pentium 4 505j
        84|intel pentium 4 506|intel pentium 4 511|intel pentium 4 519|intel pentium 4 519k
        84|intel pentium 4 ht 515|intel pentium 4 ht 516|intel pentium 4 ht 517|intel pentium 4 ht 520
        84|intel pentium 4 ht 521|intel pentium 4 ht 524|intel pentium 4 ht 530|intel pentium 4 ht 531
        84|intel pentium 4 ht 540|intel pentium 4 ht 541|intel pentium 4 ht 620|intel pentium 4 ht 630
        84|intel pentium 4 ht 640|intel pentium 4 ht 650|intel pentium 4 ht 660|intel pentium 4 ht 662
        84|intel pentium 4 ht 670|intel pentium 4 ht 672|intel xeon d-2752nte|intel xeon e3-1225 v3
        84|intel xeon e3-1226 v3|intel xeon e3-1245 v3|intel xeon e3-1246 v3|intel xeon e3-1275 v3
        84|intel xeon e3-1276 v3|intel xeon e3-1285 v3|intel xeon e3-1286 v3
        85|amd opteron 140|amd opteron 150|amd opteron 242|amd opteron 244|amd opteron 246|amd opteron 250
        85|amd opteron 6132 he|amd opteron 6166 he|amd opteron 6262 he|amd opteron 6366 he|amd opteron 844
        85|amd opteron 846|amd opteron 848|intel xeon bronze 3104|intel xeon bronze 3106
        85|intel xeon bronze 3204|intel xeon bronze 3206r|intel xeon d-2166nt|intel xeon e5-2603 v3
        85|intel xeon e5-2603 v4|intel xeon e5-2609 v3|intel xeon e5-2609 v4|intel xeon e5-2620 v3
        85|intel xeon e5-2620 v4|intel xeon e5-2623 v4|intel xeon e5-2630 v3|intel xeon e5-2630 v4
        85|intel xeon ec5509|intel xeon ec5549|intel xeon gold 5115|intel xeon gold 5119t
        85|intel xeon gold 5215|intel xeon gold 5215l|intel xeon gold 5215m|intel xeon silver 4106h
        85|intel xeon silver 4108|intel xeon silver 4110|intel xeon silver 4112|intel xeon silver 4114
        85|intel xeon silver 4114t|intel xeon silver 4116|intel xeon silver 4116t|intel xeon silver 4208
        85|intel xeon silver 4210|intel xeon silver 4214|intel xeon silver 4214y|intel xeon silver 4215
        86|intel pentium 4 ht 631|intel pentium 4 ht 641|intel pentium 4 ht 651|intel pentium 4 ht 661
        86|intel xeon d-2191
        87|intel core i5-661|intel xeon d-2753nt|intel xeon e3-1290 v2
        88|intel core i5-4690k|intel core i7-4790k|intel mobile pentium 4 ht 518
        88|intel mobile pentium 4 ht 532|intel mobile pentium 4 ht 538|intel mobile pentium 4 ht 548
        88|intel mobile pentium 4 ht 552|intel xeon d-2738
        89|amd athlon 64 3300+|amd athlon 64 3600+|amd athlon 64 3700+|amd athlon 64 3800+
        89|amd athlon 64 4000+|amd athlon 64 fx-51|amd athlon 64 fx-53|amd athlon 64 x2 3800+
        89|amd athlon 64 x2 4200+|amd athlon 64 x2 4600+|amd athlon 64 x2 4800+|amd athlon 64 x2 5000+
        89|amd athlon 64 x2 5200+|amd athlon 64 x2 5800+|amd opteron 148|amd opteron 248|amd opteron 850
        89|intel pentium 4 ht 3.40|intel xeon 2.0|intel xeon 2.4|intel xeon 2.66|intel xeon 2.8
        89|intel xeon 3.06
        90|amd epyc 8024p|intel xeon d-1749nt|intel xeon d-2161i|intel xeon e5-2640 v3
        90|intel xeon e5-2640 v4|intel xeon e7420|intel xeon e7430|intel xeon e7440|intel xeon e7450
        90|intel xeon e7458|intel xeon mv 3.2
        91|intel core i3-10350k|intel core i3-8350k|intel core i3-9350k|intel core i3-9350kf
        91|intel core i5-6600k|intel core i5-7600k|intel core i7-6700k|intel core i7-7700k
        92|amd opteron 252|amd opteron 254|amd opteron 852|amd opteron 854|amd opteron 856
        92|intel pentium 4 2.0|intel pentium 4 2.2|intel pentium 4 2.60
        95|amd 860k|amd 870k|amd 880k|amd a10 pro-7850b|amd a10-7700k|amd a10-7850k|amd a10-7870k
        95|amd a10-7870k and near silent thermal solution|amd a10-7890k|amd a10-7890k and wraith cooler
        95|amd a8-7650k|amd a8-7650k and near silent thermal solution|amd a8-7670k
        95|amd a8-7670k and near silent thermal solution|amd amd pro a10-8850b|amd athlon 460
        95|amd athlon 860k|amd athlon ii x3 425|amd athlon ii x3 435|amd athlon ii x3 440
        95|amd athlon ii x3 445|amd athlon ii x3 450|amd athlon ii x3 455|amd athlon ii x3 460
        95|amd athlon ii x4 620|amd athlon ii x4 630|amd athlon ii x4 635|amd athlon ii x4 640
        95|amd athlon ii x4 645|amd athlon x2 6500 be|amd athlon x2 7450|amd athlon x2 7550
        95|amd athlon x2 7750 be|amd athlon x2 7850 be|amd b75|amd b77|amd b95|amd b97|amd b99|amd fx 6100
        95|amd fx-4100|amd fx-4120|amd fx-4150|amd fx-4300|amd fx-4320|amd fx-6100|amd fx-6120|amd fx-6130
        95|amd fx-6300|amd fx-8100|amd fx-8140|amd fx-8300|amd fx-8310|amd fx-8320e|amd fx-8370e
        95|amd opteron 4226|amd opteron 4234|amd opteron 4238|amd opteron 4240|amd opteron 4280
        95|amd opteron 4284|amd opteron 4334|amd opteron 4340|amd opteron 4386|amd opteron x2 265
        95|amd opteron x2 270|amd opteron x2 275|amd opteron x2 280|amd opteron x2 285|amd opteron x2 290
        95|amd opteron x2 865|amd opteron x2 870|amd opteron x2 875|amd opteron x2 880|amd opteron x2 885
        95|amd opteron x2 890|amd phenom ii 1045t|amd phenom ii 1075t|amd phenom ii 840|amd phenom ii 850
        95|amd phenom ii 960t|amd phenom ii x3 710|amd phenom ii x3 715 be|amd phenom ii x3 720
        95|amd phenom ii x3 720 be|amd phenom ii x3 740 be|amd phenom ii x3 b73|amd phenom ii x3 b75
        95|amd phenom ii x3 b77|amd phenom ii x4 650t|amd phenom ii x4 805|amd phenom ii x4 810
        95|amd phenom ii x4 820|amd phenom ii x4 830|amd phenom ii x4 840|amd phenom ii x4 840t
        95|amd phenom ii x4 850|amd phenom ii x4 910|amd phenom ii x4 925|amd phenom ii x4 945 (95w)
        95|amd phenom ii x4 955 (95w)|amd phenom ii x4 960t be|amd phenom ii x4 b93|amd phenom ii x4 b95
        95|amd phenom ii x4 b97|amd phenom ii x6 1035t|amd phenom ii x6 1045t|amd phenom ii x6 1055t (95w)
        95|amd phenom x3 8400|amd phenom x3 8450|amd phenom x3 8550|amd phenom x3 8600|amd phenom x3 8650
        95|amd phenom x3 8750|amd phenom x3 8750 be|amd phenom x3 8850|amd phenom x4 9500
        95|amd phenom x4 9550|amd phenom x4 9600|amd phenom x4 9600 be|amd phenom x4 9600b
        95|amd phenom x4 9650|amd phenom x4 9750 (95w)|amd phenom x4 9750b|amd phenom x4 9850 (95w)
        95|amd phenom x4 9850b|amd pro a10-8850b|amd ryzen 5 1600x|amd ryzen 5 2600x|amd ryzen 5 3600x
        95|amd ryzen 5 3600xt|amd ryzen 7 1700x|amd ryzen 7 1800x|amd ryzen 7 pro 1700x
        95|amd ryzen 7 pro 2700x|intel core 2 quad q6600 (95w)|intel core 2 quad q6700
        95|intel core 2 quad q7600|intel core 2 quad q8200|intel core 2 quad q8300|intel core 2 quad q8400
        95|intel core 2 quad q9300|intel core 2 quad q9400|intel core 2 quad q9450|intel core 2 quad q9500
        95|intel core 2 quad q9505|intel core 2 quad q9550|intel core 2 quad q9650|intel core i5-2300
        95|intel core i5-2310|intel core i5-2320|intel core i5-2380p|intel core i5-2400
        95|intel core i5-2450p|intel core i5-2500|intel core i5-2500k|intel core i5-2550k
        95|intel core i5-750|intel core i5-760|intel core i5-8600k|intel core i5-8650k|intel core i5-9600k
        95|intel core i5-9600kf|intel core i7-2600|intel core i7-2600k|intel core i7-2700k
        95|intel core i7-8086k|intel core i7-860|intel core i7-870|intel core i7-8700k|intel core i7-875k
        95|intel core i7-880|intel core i7-9700k|intel core i7-9700kf|intel core i9-9900k
        95|intel core i9-9900kf|intel pentium d 915|intel pentium d 925|intel pentium d 935
        95|intel pentium d 945|intel xeon 5020|intel xeon 5030|intel xeon 5040|intel xeon 5050
        95|intel xeon 5063|intel xeon 6349p|intel xeon 6369p|intel xeon 7110m|intel xeon 7110n
        95|intel xeon 7120m|intel xeon 7120n|intel xeon e-2186g|intel xeon e-2286g|intel xeon e-2288g
        95|intel xeon e-2386g|intel xeon e-2388g|intel xeon e-2486|intel xeon e-2488|intel xeon e3-1225
        95|intel xeon e3-1235|intel xeon e3-1245|intel xeon e3-1275|intel xeon e3-1280
        95|intel xeon e3-1285 v4|intel xeon e3-1290|intel xeon e5-2420|intel xeon e5-2430
        95|intel xeon e5-2440|intel xeon e5-2440 v2|intel xeon e5-2450|intel xeon e5-2450 v2
        95|intel xeon e5-2470|intel xeon e5-2470 v2|intel xeon e5-2620|intel xeon e5-2630
        95|intel xeon e5-2640|intel xeon e5-2640 v2|intel xeon e5-2650|intel xeon e5-2650 v2
        95|intel xeon e5-2658|intel xeon e5-2658 v2|intel xeon e5-2660|intel xeon e5-2660 v2
        95|intel xeon e5-4603|intel xeon e5-4603 v2|intel xeon e5-4607|intel xeon e5-4607 v2
        95|intel xeon e5-4610|intel xeon e5-4610 v2|intel xeon e5-4620|intel xeon e5-4620 v2
        95|intel xeon e5-4640|intel xeon e5-4640 v2|intel xeon e5-4650 v2|intel xeon e7-4807
        95|intel xeon l7545|intel xeon l7555|intel xeon mv 5063|intel xeon silver 4210t|intel xeon w-1290e
        95|intel xeon x3320|intel xeon x3330|intel xeon x3350|intel xeon x3360|intel xeon x3370
        95|intel xeon x3380|intel xeon x3430|intel xeon x3440|intel xeon x3450|intel xeon x3460
        95|intel xeon x3470|intel xeon x3480|intel xeon x5550|intel xeon x5560|intel xeon x5570
        95|intel xeon x5650|intel xeon x5660|intel xeon x5667|intel xeon x5670|intel xeon x5672
        95|intel xeon x5675
        96|intel xeon d-2745nx
        97|intel xeon 3.20|intel xeon d-2739nt|intel xeon d-2766nt
        99|amd opteron 6338p|amd opteron 6370p
        100|amd a10-5800b|amd a10-5800k|amd a10-6790k|amd a10-6800k|amd a6 pro-7050b|amd a6-3650
        100|amd a6-3670k|amd a8 pro-7150b|amd a8-3850|amd a8-3870k|amd a8-5600k|amd a8-7200p
        100|amd athlon 631|amd athlon 641|amd athlon 750k|amd athlon 760k|amd athlon ii x4 631
        100|amd athlon ii x4 641|amd athlon ii x4 651|amd athlon ii x4 651k|amd epyc 8124pn
        100|intel xeon d-2183it|intel xeon d-2775te|intel xeon d-2876nt|intel xeon e5-2692 v2
        100|intel xeon gold 5213w|intel xeon gold 5215r|intel xeon silver 4210r|intel xeon silver 4211w
        100|intel xeon silver 4214r|intel xeon silver 4216|intel xeon x3210|intel xeon x3220
        100|intel xeon x3230
        103|intel xeon 2.8d|intel xeon 3.0d
        104|amd athlon 64 fx-55|amd athlon 64 fx-57|amd opteron 152|amd opteron 154|amd opteron 156
        104|intel itanium 9015|intel itanium 9120n|intel itanium 9130m|intel itanium 9140m
        104|intel itanium 9140n|intel itanium 9150m|intel itanium 9150n|intel itanium 9152m
        105|amd epyc 4364p|amd ryzen 5 5600x3d|amd ryzen 5 7600x|amd ryzen 7 2700x
        105|amd ryzen 7 2700x anniversary|amd ryzen 7 3800x|amd ryzen 7 3800xt|amd ryzen 7 5700x3d
        105|amd ryzen 7 5800x|amd ryzen 7 5800x3d|amd ryzen 7 5800xt|amd ryzen 7 7700x|amd ryzen 9 3900x
        105|amd ryzen 9 3900xt|amd ryzen 9 3950x|amd ryzen 9 5900x|amd ryzen 9 5900xt|amd ryzen 9 5950x
        105|intel core 2 quad q6400|intel core 2 quad q6600 (105w)|intel xeon d-2177nt
        105|intel xeon e5-2623 v3|intel xeon e5-2650 v3|intel xeon e5-2650 v4|intel xeon e5-2651 v2
        105|intel xeon e5-2658 v3|intel xeon e5-2658 v4|intel xeon e5-2658a v3|intel xeon e5-2660 v3
        105|intel xeon e5-2660 v4|intel xeon e5-4610 v3|intel xeon e5-4610 v4|intel xeon e5-4620 v3
        105|intel xeon e5-4620 v4|intel xeon e5-4640 v3|intel xeon e5-4640 v4|intel xeon e5-4648 v3
        105|intel xeon e5-4650 v3|intel xeon e5-4650 v4|intel xeon e6510|intel xeon e6540
        105|intel xeon e7-2803|intel xeon e7-2820|intel xeon e7-2830|intel xeon e7-2850 v2
        105|intel xeon e7-4809 v2|intel xeon e7-4820|intel xeon e7-4820 v2|intel xeon e7-4830
        105|intel xeon e7-4830 v2|intel xeon e7-4850 v2|intel xeon e7-8830|intel xeon e7-8850 v2
        105|intel xeon e7-8867l|intel xeon e7-8880l v2|intel xeon e7520|intel xeon e7530|intel xeon e7540
        105|intel xeon gold 5117|intel xeon gold 5118|intel xeon gold 5120|intel xeon gold 5120t
        105|intel xeon gold 5122|intel xeon gold 5218t|intel xeon gold 5220t|intel xeon gold 5222
        105|intel xeon platinum 8156|intel xeon platinum 8256|intel xeon silver 4123
        105|intel xeon silver 4309y|intel xeon silver 4310t|intel xeon w-2225
        107|intel xeon d-2757nx
        110|amd athlon 64 fx-60|amd opteron x2 165|amd opteron x2 170|amd opteron x2 175
        110|amd opteron x2 180|amd opteron x2 185|intel pentium 4 2.26|intel pentium 4 2.4
        110|intel pentium 4 2.40|intel pentium 4 2.53|intel pentium 4 2.66|intel pentium 4 2.80
        110|intel pentium 4 ht 3.06|intel pentium 4 ht ee 3.20|intel pentium 4 ht ee 3.40
        110|intel pentium 4 ht ee 3.46|intel xeon 2.8e|intel xeon 3.0e|intel xeon 3.2e|intel xeon 3.4e
        110|intel xeon 3.6e|intel xeon 3.8|intel xeon 3.8e|intel xeon 6503p-b|intel xeon d-2187nt
        110|intel xeon d-2795nt|intel xeon d-2896ter|intel xeon e5-2673 v2|intel xeon e5-2673 v3
        110|intel xeon gold 5218n
        112|intel core i3-7360x|intel core i5-7640x|intel core i5-7640x x-series|intel core i7-7740x
        112|intel core i7-7740x x-series
        113|intel xeon gold 5117f
        115|amd opteron 6140|amd opteron 6168|amd opteron 6176|amd opteron 6204|amd opteron 6212
        115|amd opteron 6220|amd opteron 6234|amd opteron 6238|amd opteron 6272|amd opteron 6274
        115|amd opteron 6276|amd opteron 6278|amd opteron 6308|amd opteron 6320|amd opteron 6328
        115|amd opteron 6344|amd opteron 6348|amd opteron 6376|amd opteron 6378|amd opteron 6380
        115|intel pentium 4 ht 2.8e|intel pentium 4 ht 3.0e|intel pentium 4 ht 3.2e
        115|intel pentium 4 ht 3.4e|intel pentium 4 ht 3.6e|intel pentium 4 ht 550|intel pentium 4 ht 551
        115|intel pentium 4 ht 560|intel pentium 4 ht 561|intel pentium 4 ht 570|intel pentium 4 ht 571
        115|intel pentium 4 ht ee 3.73|intel xeon e5-2665|intel xeon e5-2670|intel xeon e5-2670 v2
        115|intel xeon e5-2680 v2|intel xeon e5-2689|intel xeon e5-2695 v2|intel xeon e5-4650l
        115|intel xeon e5-4657l v2|intel xeon e7-4809 v3|intel xeon e7-4809 v4|intel xeon e7-4820 v3
        115|intel xeon e7-4820 v4|intel xeon e7-4830 v3|intel xeon e7-4830 v4|intel xeon e7-4850 v3
        115|intel xeon e7-4850 v4|intel xeon e7-8880l v3|intel xeon gold 5217|intel xeon gold 5403n
        115|intel xeon gold 6128|intel xeon gold 6222|intel xeon gold 6222v|intel xeon silver 4213w
        115|intel xeon silver 4510t|intel xeon x5679
        116|intel xeon d-2777nx
        117|intel xeon d-2776nt|intel xeon d-2896nt
        118|intel xeon d-2786nte|intel xeon d-2796te
        120|amd epyc 4484px|amd epyc 4584px|amd epyc 7203|amd epyc 7203p|amd epyc 7232p|amd epyc 7251
        120|amd epyc 7252|amd epyc 7272|amd epyc 7282|amd epyc 8224pn|amd ryzen 7 7800x3d
        120|amd ryzen 7 9800x3d|amd ryzen 9 7900x3d|amd ryzen 9 7950x3d|amd ryzen 9 9900x
        120|amd ryzen 9 9900x3d|intel xeon d-2796nt|intel xeon e5-2670 v3|intel xeon e5-2680 v3
        120|intel xeon e5-2680 v4|intel xeon e5-2682 v4|intel xeon e5-2683 v3|intel xeon e5-2683 v4
        120|intel xeon e5-2695 v3|intel xeon e5-2695 v4|intel xeon e5-2696 v2|intel xeon e5-4660 v3
        120|intel xeon e5-4660 v4|intel xeon e5350|intel xeon gold 6122|intel xeon silver 4310
        120|intel xeon w-2102|intel xeon w-2104|intel xeon w-2123|intel xeon w-2125|intel xeon w-2140b
        120|intel xeon w-2150b|intel xeon w-2223|intel xeon x5355|intel xeon x5365|intel xeon x5450
        120|intel xeon x5460|intel xeon x5470|intel xeon x5472
        125|amd athlon 64 fx-62|amd athlon 64 fx-70|amd athlon 64 fx-72|amd athlon 64 fx-74
        125|amd athlon 64 fx-76|amd athlon 64 x2 6000+|amd athlon 64 x2 6400+ be|amd epyc 8124p
        125|amd epyc 9015|amd epyc 9115|amd fx-4130|amd fx-4170|amd fx-4350|amd fx-6200|amd fx-6330
        125|amd fx-6350|amd fx-8120|amd fx-8150|amd fx-8170|amd fx-8320|amd fx-8350|amd fx-8370
        125|amd phenom ii 42 twkr black edition|amd phenom ii 975|amd phenom ii 980|amd phenom ii x4 920
        125|amd phenom ii x4 940 be|amd phenom ii x4 945 (125w)|amd phenom ii x4 955 (125w)
        125|amd phenom ii x4 955 be|amd phenom ii x4 965 be (125w)|amd phenom ii x4 970 be
        125|amd phenom ii x4 975 be|amd phenom ii x4 980 be|amd phenom ii x6 1055t (125w)
        125|amd phenom ii x6 1065t|amd phenom ii x6 1075t|amd phenom ii x6 1090t be
        125|amd phenom ii x6 1100t be|amd phenom x4 9750 (125w)|amd phenom x4 9850 (125w)
        125|amd phenom x4 9850 be|amd phenom x4 9950 be (125w)|amd ryzen threadripper 1900
        125|intel core i5-10600k|intel core i5-10600kf|intel core i5-11600k|intel core i5-11600kf
        125|intel core i7-10700k|intel core i7-10700kf|intel core i7-11700k|intel core i7-11700kf
        125|intel core i9 14901ke|intel core i9-10850k|intel core i9-10900k|intel core i9-10900kf
        125|intel core i9-10910|intel core i9-11900k|intel core i9-11900kf|intel core i9-13900k
        125|intel xeon bronze 3408u|intel xeon bronze 3508u|intel xeon d-2798nt|intel xeon gold 5218
        125|intel xeon gold 5218b|intel xeon gold 5218r|intel xeon gold 5219y|intel xeon gold 5220
        125|intel xeon gold 5220s|intel xeon gold 6126|intel xeon gold 6126t|intel xeon gold 6130
        125|intel xeon gold 6130h|intel xeon gold 6130t|intel xeon gold 6138|intel xeon gold 6138t
        125|intel xeon gold 6209u|intel xeon gold 6226|intel xeon gold 6230|intel xeon gold 6230n
        125|intel xeon gold 6230t|intel xeon gold 6238t|intel xeon platinum 8153|intel xeon platinum 8253
        125|intel xeon silver 4216r|intel xeon silver 4509y|intel xeon w-1250p|intel xeon w-1270p
        125|intel xeon w-1290p|intel xeon w-1350p|intel xeon w-1370p|intel xeon w-1390p
        126|intel xeon d-2779|intel xeon d-2798nx
        127|intel core i9-9900ks
        129|intel xeon d-2799|intel xeon mp 3.0
        130|amd epyc 7303|amd epyc 7303p|amd epyc 8324pn|intel core 2 extreme qx6700
        130|intel core 2 extreme qx6800|intel core 2 extreme qx6850|intel core 2 extreme qx9650
        130|intel core 2 extreme qx9750|intel core i7-3820|intel core i7-3910k|intel core i7-3930k
        130|intel core i7-3960x|intel core i7-3960x extreme edition|intel core i7-4820k
        130|intel core i7-4930k|intel core i7-4960x|intel core i7-4960x extreme edition|intel core i7-920
        130|intel core i7-930|intel core i7-940|intel core i7-950|intel core i7-960|intel core i7-965
        130|intel core i7-965 extreme edition|intel core i7-970|intel core i7-975
        130|intel core i7-975 extreme edition|intel core i7-980|intel core i7-980x|intel core i7-990x
        130|intel itanium 9310|intel itanium 9520|intel itanium 9720|intel pentium d 820
        130|intel pentium d 830|intel pentium d 840|intel pentium d 840 ee|intel pentium d 920
        130|intel pentium d 930|intel pentium d 940|intel pentium d 950|intel pentium d 955 ee
        130|intel pentium d 960|intel pentium d 965 ee|intel xeon 5060|intel xeon 5070|intel xeon 5080
        130|intel xeon 6513p-b|intel xeon e5-1603|intel xeon e5-1607|intel xeon e5-1607 v2
        130|intel xeon e5-1620|intel xeon e5-1620 v2|intel xeon e5-1650|intel xeon e5-1650 v2
        130|intel xeon e5-1660|intel xeon e5-1660 v2|intel xeon e5-1680 v2|intel xeon e5-2637 v2
        130|intel xeon e5-2643|intel xeon e5-2643 v2|intel xeon e5-2667|intel xeon e5-2667 v2
        130|intel xeon e5-2680|intel xeon e5-2690 v2|intel xeon e5-2697 v2|intel xeon e5-4617
        130|intel xeon e5-4627 v2|intel xeon e5-4650|intel xeon e7-2850|intel xeon e7-2860
        130|intel xeon e7-2870|intel xeon e7-2870 v2|intel xeon e7-2880 v2|intel xeon e7-4850
        130|intel xeon e7-4860|intel xeon e7-4860 v2|intel xeon e7-4870|intel xeon e7-4870 v2
        130|intel xeon e7-4880 v2|intel xeon e7-8837|intel xeon e7-8850|intel xeon e7-8857 v2
        130|intel xeon e7-8860|intel xeon e7-8870|intel xeon e7-8870 v2|intel xeon e7-8880 v2
        130|intel xeon gold 6134|intel xeon gold 6134m|intel xeon gold 6234|intel xeon silver 4215r
        130|intel xeon w-2235|intel xeon w3503|intel xeon w3505|intel xeon w3520|intel xeon w3530
        130|intel xeon w3540|intel xeon w3550|intel xeon w3565|intel xeon w3570|intel xeon w3580
        130|intel xeon w3670|intel xeon w3680|intel xeon w3690|intel xeon w5580|intel xeon w5590
        130|intel xeon x5647|intel xeon x5677|intel xeon x5680|intel xeon x5687|intel xeon x5690
        130|intel xeon x5698|intel xeon x6550|intel xeon x7350|intel xeon x7460|intel xeon x7542
        130|intel xeon x7550|intel xeon x7560
        135|intel xeon 3.0|intel xeon 3.2|intel xeon 3.4|intel xeon 3.6|intel xeon d-2899nt
        135|intel xeon e5-2637 v3|intel xeon e5-2637 v4|intel xeon e5-2643 v3|intel xeon e5-2643 v4
        135|intel xeon e5-2667 v3|intel xeon e5-2667 v4|intel xeon e5-2673 v4|intel xeon e5-2690
        135|intel xeon e5-2690 v3|intel xeon e5-2690 v4|intel xeon e5-2698 v3|intel xeon e5-2698 v4
        135|intel xeon e5-4627 v3|intel xeon e5-4627 v4|intel xeon e5-4655 v3|intel xeon e5-4655 v4
        135|intel xeon e5-4667 v3|intel xeon e5-4667 v4|intel xeon e5-4669 v3|intel xeon e5-4669 v4
        135|intel xeon gold 6126f|intel xeon gold 6130f|intel xeon gold 6138f|intel xeon gold 6139
        135|intel xeon gold 6139m|intel xeon gold 6262|intel xeon gold 6262v|intel xeon mp 2.83
        135|intel xeon mp 3.00|intel xeon mp 3.16|intel xeon mp 3.33|intel xeon mp 3.50|intel xeon mp 3.66
        135|intel xeon mp 7020|intel xeon mp 7030|intel xeon mp 7040|intel xeon mp 7041
        135|intel xeon silver 4314
        136|intel core 2 extreme qx9770
        140|amd opteron 6180 se|amd opteron 6282 se|amd opteron 6284 se|amd opteron 6386 se
        140|amd phenom ii x4 965 be (140w)|amd phenom x4 9950 be (140w)|amd ryzen threadripper 1920
        140|intel core i7-5820k|intel core i7-5930k|intel core i7-5960x
        140|intel core i7-5960x extreme edition|intel core i7-6800k|intel core i7-6850k
        140|intel core i7-6900k|intel core i7-6950x|intel core i7-6950x extreme edition
        140|intel core i7-7800x|intel core i7-7800x x-series|intel core i7-7820x
        140|intel core i7-7820x x-series|intel core i9-7900x|intel core i9-7900x x-series
        140|intel core i9-7920x|intel core i9-7920x x-series|intel xeon e5-1603 v3|intel xeon e5-1603 v4
        140|intel xeon e5-1607 v4|intel xeon e5-1620 v3|intel xeon e5-1620 v4|intel xeon e5-1630 v3
        140|intel xeon e5-1630 v4|intel xeon e5-1650 v3|intel xeon e5-1650 v4|intel xeon e5-1660 v3
        140|intel xeon e5-1660 v4|intel xeon e5-1680 v3|intel xeon e5-1680 v4|intel xeon e7-8855 v4
        140|intel xeon e7-8860 v3|intel xeon e7-8860 v4|intel xeon e7-8870 v3|intel xeon e7-8870 v4
        140|intel xeon e7-8893 v3|intel xeon e7-8893 v4|intel xeon gold 5315y|intel xeon gold 6132
        140|intel xeon gold 6140|intel xeon gold 6140m|intel xeon gold 6152|intel xeon gold 6238
        140|intel xeon gold 6238l|intel xeon gold 6238m|intel xeon w-2133|intel xeon w-2135
        140|intel xeon w-2145|intel xeon w-2155|intel xeon w-2175|intel xeon w-2191b|intel xeon w-2195
        145|intel xeon 6516p-b|intel xeon aws-1100 v4|intel xeon e5-2666 v4|intel xeon e5-2676 v4
        145|intel xeon e5-2686 v4|intel xeon e5-2689a v4|intel xeon e5-2697 v3|intel xeon e5-2697 v4
        145|intel xeon e5-2697a v4|intel xeon e5-2699 v3|intel xeon e5-2699 v4|intel xeon e5-2699a v4
        145|intel xeon e5-2699c v4|intel xeon e5-2699r v4|intel xeon gold 5423n|intel xeon gold 6127m
        145|intel xeon gold 6145|intel xeon gold 6159|intel xeon platinum 8157m
        150|intel core 2 extreme qx9775|intel core i7-3970x|intel core i7-3970x extreme edition
        150|intel xeon 6505p|intel xeon 6507p|intel xeon 6511p|intel xeon 6515p|intel xeon 7130m
        150|intel xeon 7130n|intel xeon 7140m|intel xeon 7140n|intel xeon 7150n|intel xeon e5-2687w
        150|intel xeon e5-2687w v2|intel xeon e5-2696 v4|intel xeon e7-8880 v3|intel xeon e7-8880 v4
        150|intel xeon gold 5220r|intel xeon gold 5317|intel xeon gold 5318h|intel xeon gold 5318n
        150|intel xeon gold 5320h|intel xeon gold 5320t|intel xeon gold 5415+|intel xeon gold 5416s
        150|intel xeon gold 6133|intel xeon gold 6136|intel xeon gold 6142|intel xeon gold 6142m
        150|intel xeon gold 6144|intel xeon gold 6147m|intel xeon gold 6148|intel xeon gold 6162
        150|intel xeon gold 6164|intel xeon gold 6208u|intel xeon gold 6210u|intel xeon gold 6226r
        150|intel xeon gold 6230r|intel xeon gold 6240|intel xeon gold 6240c|intel xeon gold 6240l
        150|intel xeon gold 6240m|intel xeon gold 6240y|intel xeon gold 6242|intel xeon gold 6244
        150|intel xeon gold 6248|intel xeon gold 6252|intel xeon gold 6252n|intel xeon gold 6330h
        150|intel xeon platinum 8158|intel xeon platinum 8160|intel xeon platinum 8160h
        150|intel xeon platinum 8160m|intel xeon platinum 8160t|intel xeon platinum 8164
        150|intel xeon platinum 8249c|intel xeon platinum 8353h|intel xeon silver 4316
        150|intel xeon silver 4410t|intel xeon silver 4410y|intel xeon silver 4510|intel xeon silver 4514y
        150|intel xeon x5482|intel xeon x5492
        155|amd epyc 7262|amd epyc 7302|amd epyc 7302p|amd epyc 7313|amd epyc 7313p|amd epyc 7352
        155|amd epyc 7452|amd epyc 8434pn|intel itanium 9320|intel itanium 9330|intel xeon e7-2890 v2
        155|intel xeon e7-4890 v2|intel xeon e7-8890 v2|intel xeon e7-8891 v2|intel xeon e7-8893 v2
        155|intel xeon e7-8895 v2|intel xeon gold 6135|intel xeon gold 6135m|intel xeon w-2245
        160|amd epyc 8224p|intel xeon 6543p-b|intel xeon e5-2687w v3|intel xeon e5-2687w v4
        160|intel xeon gold 5216w|intel xeon gold 5433n|intel xeon gold 6142f|intel xeon gold 6148f
        160|intel xeon platinum 8160f|intel xeon w-3223|intel xeon w-3225
        165|intel core i7-9800x|intel core i7-9800x x-series|intel core i9-10900x
        165|intel core i9-10900x x-series|intel core i9-10920x|intel core i9-10920x x-series
        165|intel core i9-10940x|intel core i9-10940x x-series|intel core i9-10980xe
        165|intel core i9-10980xe extreme edition|intel core i9-7940x|intel core i9-7940x x-series
        165|intel core i9-7960x|intel core i9-7960x x-series|intel core i9-7980xe
        165|intel core i9-7980xe extreme edition|intel core i9-9820x|intel core i9-9820x x-series
        165|intel core i9-9900x|intel core i9-9900x x-series|intel core i9-9920x
        165|intel core i9-9920x x-series|intel core i9-9940x|intel core i9-9940x x-series
        165|intel core i9-9960x|intel core i9-9960x x-series|intel core i9-9980xe
        165|intel core i9-9980xe extreme edition|intel xeon 6714p|intel xeon 7020|intel xeon 7030
        165|intel xeon 7040|intel xeon 7041|intel xeon e5-2689 v4|intel xeon e7-8867 v3
        165|intel xeon e7-8867 v4|intel xeon e7-8890 v3|intel xeon e7-8890 v4|intel xeon e7-8891 v3
        165|intel xeon e7-8891 v4|intel xeon e7-8894 v4|intel xeon gold 5318s|intel xeon gold 5318y
        165|intel xeon gold 5411n|intel xeon gold 5418n|intel xeon gold 5515+|intel xeon gold 6143
        165|intel xeon gold 6146|intel xeon gold 6150|intel xeon gold 6161|intel xeon gold 6212u
        165|intel xeon gold 6233|intel xeon gold 6238r|intel xeon gold 6240r|intel xeon gold 6246
        165|intel xeon gold 6267|intel xeon gold 6267c|intel xeon gold 6271c|intel xeon gold 6273c
        165|intel xeon gold 6328h|intel xeon gold 6328hl|intel xeon gold 6330n|intel xeon gold 6334
        165|intel xeon gold 6338t|intel xeon gold 6348h|intel xeon gold 6416h|intel xeon platinum 8163
        165|intel xeon platinum 8165|intel xeon platinum 8167m|intel xeon platinum 8170
        165|intel xeon platinum 8170m|intel xeon platinum 8171m|intel xeon platinum 8173m
        165|intel xeon platinum 8176|intel xeon platinum 8176m|intel xeon platinum 8255c
        165|intel xeon platinum 8260|intel xeon platinum 8260l|intel xeon platinum 8260m
        165|intel xeon platinum 8260y|intel xeon platinum 8263c|intel xeon platinum 8273cl
        165|intel xeon platinum 8276|intel xeon platinum 8276l|intel xeon platinum 8276m
        165|intel xeon platinum p-8136|intel xeon silver 4416+|intel xeon w-2255|intel xeon w-2265
        165|intel xeon w-2275|intel xeon w-2295
        170|amd epyc 4564p|amd epyc 4565p|amd epyc 4585px|amd epyc 7261|amd epyc 7281|amd epyc 7301
        170|amd epyc 7351|amd epyc 7351p|amd epyc 7401|amd epyc 7401p|amd epyc 7501|amd ryzen 9 7900x
        170|amd ryzen 9 7950x|amd ryzen 9 9950x|amd ryzen 9 9950x3d|intel itanium 9540|intel itanium 9550
        170|intel itanium 9560|intel itanium 9740|intel itanium 9750|intel itanium 9760
        173|intel xeon platinum 8176f
        175|amd epyc 8534pn|intel xeon 6523p-b
        180|amd epyc 72f3|amd epyc 7402|amd epyc 7402p|amd epyc 7413|amd epyc 7451|amd epyc 7502
        180|amd epyc 7502p|amd epyc 7551|amd epyc 7551p|amd epyc 7601|amd epyc 7f32|amd epyc 8324p
        180|amd ryzen threadripper 1900x|amd ryzen threadripper 1920x|amd ryzen threadripper 1940
        180|amd ryzen threadripper 1940x|amd ryzen threadripper 1950|amd ryzen threadripper 1950x
        180|amd ryzen threadripper 2920x|amd ryzen threadripper 2950x|intel xeon gold 6245w
        180|intel xeon w-3235
        185|intel itanium 9340|intel itanium 9350|intel xeon 5320|intel xeon gold 5320
        185|intel xeon gold 5412u|intel xeon gold 5418y|intel xeon gold 5512u|intel xeon gold 6231
        185|intel xeon gold 6231c|intel xeon gold 6250|intel xeon gold 6250l|intel xeon gold 6278c
        185|intel xeon gold 6312u|intel xeon gold 6326|intel xeon gold 6336y|intel xeon gold 6338n
        185|intel xeon gold 6403n|intel xeon gold 6418h|intel xeon gold 6421n|intel xeon gold 6426y
        185|intel xeon gold 6428n|intel xeon platinum 8352m|intel xeon silver 4516y+
        190|amd epyc 7343|intel core i7-12700k|intel xeon 6517p|intel xeon platinum 8356h
        195|intel xeon 6546p-b|intel xeon gold 6138p|intel xeon gold 6423n|intel xeon gold 6434
        195|intel xeon gold 6434h|intel xeon gold 6443n|intel xeon gold 6526y|intel xeon gold 6534
        195|intel xeon platinum 8272cl|intel xeon platinum 8272l|intel xeon platinum 8352v
        200|amd epyc 7371|amd epyc 7443|amd epyc 7443p|amd epyc 7513|amd epyc 7532|amd epyc 7552
        200|amd epyc 7702|amd epyc 7702p|amd epyc 8434p|amd epyc 8534p|amd epyc 9124|amd epyc 9135
        200|amd epyc 9224|amd epyc 9254|amd epyc 9255|intel xeon e5-2679 v4|intel xeon gold 6154
        200|intel xeon gold 6155|intel xeon gold 6253w|intel xeon gold 6254|intel xeon platinum 8222l
        205|intel xeon 6533p-b|intel xeon 6710e|intel xeon 6736p|intel xeon gold 5420+
        205|intel xeon gold 5520+|intel xeon gold 6131|intel xeon gold 6137|intel xeon gold 6137m
        205|intel xeon gold 6149|intel xeon gold 6151|intel xeon gold 6241w|intel xeon gold 6242r
        205|intel xeon gold 6246r|intel xeon gold 6248r|intel xeon gold 6253cl|intel xeon gold 6256
        205|intel xeon gold 6258r|intel xeon gold 6261|intel xeon gold 6263cy|intel xeon gold 6266c
        205|intel xeon gold 6268cl|intel xeon gold 6314u|intel xeon gold 6330|intel xeon gold 6338
        205|intel xeon gold 6346|intel xeon gold 6354|intel xeon gold 6433n|intel xeon gold 6433ne
        205|intel xeon gold 6438m|intel xeon gold 6438n|intel xeon gold 6438y+|intel xeon gold 6538n
        205|intel xeon platinum 8168|intel xeon platinum 8172m|intel xeon platinum 8180
        205|intel xeon platinum 8180m|intel xeon platinum 8267w|intel xeon platinum 8268
        205|intel xeon platinum 8269cy|intel xeon platinum 8270|intel xeon platinum 8279w
        205|intel xeon platinum 8280|intel xeon platinum 8280l|intel xeon platinum 8280m
        205|intel xeon platinum 8352s|intel xeon platinum 8352y|intel xeon platinum 8354h
        205|intel xeon platinum 8370c|intel xeon platinum 8376h|intel xeon platinum 8376hl
        205|intel xeon w-3245|intel xeon w-3245m|intel xeon w-3265|intel xeon w-3265m|intel xeon w-3275
        205|intel xeon w-3275m
        210|amd epyc 9334|amd epyc 9335|intel xeon 6520p|intel xeon 6724p|intel xeon 6728p
        210|intel xeon platinum 8259cl|intel xeon platinum 8259l|intel xeon platinum 8347c
        215|intel xeon 6556p-b|intel xeon phi 7210|intel xeon phi 7230|intel xeon phi 7250
        220|amd fx-9370|amd fx-9590|intel xeon w-3323
        225|amd epyc 7453|amd epyc 7542|amd epyc 7543|amd epyc 7543p|amd epyc 7642|amd epyc 7643
        225|amd epyc 7643p|amd epyc 7662|amd epyc 7713|amd epyc 7713p|amd epyc 7742|amd epyc 7r13
        225|intel xeon 6521p|intel xeon 6530p|intel xeon 6756e|intel xeon gold 6442y|intel xeon gold 6448y
        225|intel xeon gold 6538y+|intel xeon phi 5110p|intel xeon platinum 8351n
        225|intel xeon platinum 8360h|intel xeon platinum 8360hl|intel xeon w7-2495x
        230|intel xeon gold 6342|intel xeon phi 7210f|intel xeon phi 7230f|intel xeon phi 7250f
        235|intel xeon 6553p-b|intel xeon 6563p-b|intel xeon 6706p-b|intel xeon 6716p-b|intel xeon 6726p-b
        235|intel xeon gold 6348
        240|amd epyc 7373x|amd epyc 73f3|amd epyc 7473x|amd epyc 74f3|amd epyc 7663|amd epyc 7663p
        240|amd epyc 7b12|amd epyc 7f52|amd epyc 7f72|intel xeon gold 6269y|intel xeon gold 6290
        240|intel xeon platinum 8124m|intel xeon platinum 8151|intel xeon platinum 8174
        240|intel xeon platinum 8175m|intel xeon platinum 8179m|intel xeon platinum 8251
        240|intel xeon platinum 8274|intel xeon platinum 8275cl|intel xeon platinum 8284
        240|intel xeon platinum 8357c|intel xeon platinum 8358p|intel xeon platinum p-8124
        245|intel xeon 6731p|intel xeon phi 5120d|intel xeon phi 7290
        250|amd ryzen threadripper 2970wx|amd ryzen threadripper 2990wx|intel xeon 6730p|intel xeon 6731e
        250|intel xeon 6740e|intel xeon 6746e|intel xeon 6766e|intel xeon gold 6414u|intel xeon gold 6448h
        250|intel xeon gold 6542y|intel xeon gold 6548n|intel xeon gold 6548y+|intel xeon phi 7235
        250|intel xeon phi 7285|intel xeon platinum 8358|intel xeon platinum 8360y
        250|intel xeon platinum 8380h|intel xeon platinum 8380hl|intel xeon platinum 8450h
        250|intel xeon platinum 9221|intel xeon platinum 9222|intel xeon w-3335|intel xeon w-3345
        255|intel core i9-9990xe|intel xeon 6527p|intel xeon w-3175x
        260|intel xeon phi 7290f
        265|intel xeon platinum 8362
        270|intel xeon 6737p|intel xeon 6738p|intel xeon 6740p|intel xeon gold 6430|intel xeon gold 6444y
        270|intel xeon gold 6454s|intel xeon gold 6530|intel xeon gold 6544y|intel xeon gold 6554s
        270|intel xeon phi 31s1p|intel xeon phi 7120d|intel xeon platinum 8368|intel xeon platinum 8368q
        270|intel xeon platinum 8380|intel xeon platinum 8444h|intel xeon platinum 8454h
        270|intel xeon platinum 8581v|intel xeon w-3365|intel xeon w-3375
        280|amd epyc 7573x|amd epyc 75f3|amd epyc 7763|amd epyc 7773x|amd epyc 7h12|amd epyc 9354
        280|amd epyc 9354p|amd epyc 9355|amd epyc 9355p|amd epyc 9534|amd ryzen threadripper 3960x
        280|amd ryzen threadripper 3970x|amd ryzen threadripper 3980x|amd ryzen threadripper 3990x
        280|amd ryzen threadripper pro 3945wx|amd ryzen threadripper pro 3955wx
        280|amd ryzen threadripper pro 3975wx|amd ryzen threadripper pro 3995wx
        280|amd ryzen threadripper pro 5945wx|amd ryzen threadripper pro 5955wx
        280|amd ryzen threadripper pro 5965wx|amd ryzen threadripper pro 5975wx
        280|amd ryzen threadripper pro 5995wx
        290|amd epyc 9454|amd epyc 9454p|amd epyc 9634
        300|amd epyc 9365|amd epyc 9455|amd epyc 9455p|amd epyc 9535|intel aubrey isle|intel xeon 6741p
        300|intel xeon 6745p|intel xeon 6748p|intel xeon e5-2699p v4|intel xeon phi 3110x
        300|intel xeon phi 3120a|intel xeon phi 3120p|intel xeon phi 7110p|intel xeon phi 7110x
        300|intel xeon phi 7120a|intel xeon phi 7120p|intel xeon phi 7120x|intel xeon phi se10p
        300|intel xeon phi se10x|intel xeon platinum 8372c|intel xeon platinum 8373c
        300|intel xeon platinum 8375c|intel xeon platinum 8452y|intel xeon platinum 8460y+
        300|intel xeon platinum 8461v|intel xeon platinum 8462y+|intel xeon platinum 8470n
        300|intel xeon platinum 8471n|intel xeon platinum 8558u|intel xeon platinum 8562y+
        300|intel xeon platinum 8571n
        320|amd epyc 9174f|amd epyc 9175f|amd epyc 9184x|amd epyc 9274f|amd epyc 9275f|amd epyc 9374f
        320|amd epyc 9375f|amd epyc 9384x|amd epyc 9645|intel xeon phi 7295
        330|intel xeon 6747p|intel xeon 6760p|intel xeon 6768p|intel xeon 6780e|intel xeon platinum 8460h
        330|intel xeon platinum 8468h|intel xeon platinum 8468v|intel xeon platinum 8558
        330|intel xeon platinum 8592v
        340|amd epyc 9734
        350|amd ryzen threadripper 7960x|amd ryzen threadripper 7970x|amd ryzen threadripper 7980x
        350|amd ryzen threadripper 9960x|amd ryzen threadripper 9970x|amd ryzen threadripper 9980x
        350|amd ryzen threadripper pro 7945wx|amd ryzen threadripper pro 7955wx
        350|amd ryzen threadripper pro 7965wx|amd ryzen threadripper pro 7975wx
        350|amd ryzen threadripper pro 7985wx|amd ryzen threadripper pro 7995wx
        350|amd ryzen threadripper pro 9945wx|amd ryzen threadripper pro 9955wx
        350|amd ryzen threadripper pro 9965wx|amd ryzen threadripper pro 9975wx
        350|amd ryzen threadripper pro 9985wx|amd ryzen threadripper pro 9995wx|intel xeon 6732p
        350|intel xeon 6761p|intel xeon 6767p|intel xeon 6774p|intel xeon 6776p|intel xeon 6781p
        350|intel xeon 6787p|intel xeon 6788p|intel xeon 6944p|intel xeon gold 6458q|intel xeon gold 6558q
        350|intel xeon max 9460|intel xeon max 9462|intel xeon max 9468|intel xeon max 9470
        350|intel xeon max 9480|intel xeon platinum 8458p|intel xeon platinum 8468
        350|intel xeon platinum 8470|intel xeon platinum 8470q|intel xeon platinum 8480+
        350|intel xeon platinum 8490h|intel xeon platinum 8558p|intel xeon platinum 8568y+
        350|intel xeon platinum 8570|intel xeon platinum 8580|intel xeon platinum 8592+
        350|intel xeon platinum 9242
        360|amd epyc 9474f|amd epyc 9554|amd epyc 9554p|amd epyc 9555|amd epyc 9555p|amd epyc 9654
        360|amd epyc 9654p|amd epyc 9754|amd epyc 9754s
        380|intel core i9-10990xe
        385|intel xeon platinum 8593q
        390|amd epyc 9825|amd epyc 9845
        400|amd epyc 9475f|amd epyc 9565|amd epyc 9575f|amd epyc 9655|amd epyc 9655p|amd epyc 9684x
        400|amd epyc 9745|intel xeon 6952p|intel xeon platinum 9282
        500|amd epyc 9755|amd epyc 9965|intel xeon 6960p|intel xeon 6972p|intel xeon 6979p
        500|intel xeon 6980p
        """
}
