/** Meanings that stand near each other without being the same: two concepts and how near, 0 to 1. */
export const relations: [string, string, number][] = `
amount total 0.75, amount price 0.6, amount value 0.8, value price 0.5, total price 0.5, amount revenue 0.5,
amount salary 0.5, amount budget 0.6, amount balance 0.5, amount fee 0.6, fee price 0.5, fee rate 0.5, cost price 0.8,
title name 0.75, label name 0.6, subject name 0.5, nickname name 0.4, login name 0.3, model name 0.4,
description note 0.7, description text 0.75, note text 0.7, description biography 0.5, note biography 0.4,
title description 0.35, result description 0.3, reason description 0.4, message note 0.6,
date time 0.7, identifier number 0.6, identifier code 0.65, code number 0.6, reference number 0.55,
reference identifier 0.55, reference code 0.5, sku identifier 0.4, sku reference 0.6, sku code 0.6, sku number 0.4,
slug identifier 0.2, sku barcode 0.4, model sku 0.4, sequence number 0.4, document number 0.3,
status stage 0.75, status active 0.55, status flag 0.3, stage pipeline 0.5, status result 0.4, delete active 0.3,
active public 0.4, type category 0.75, type group 0.5, category group 0.65, category genre 0.6, type genre 0.6,
group list 0.4, type method 0.4, type role 0.3, priority score 0.4, probability percent 0.6, score result 0.4,
street address 0.75, region district 0.5, city district 0.4, location address 0.55, location city 0.5,
location coordinate 0.5, residence address 0.6, residence location 0.6, country nationality 0.6, country land 1,
house address 0.35, city location 0.5, store location 0.5, shipping address 0.3, country language 0.2,
company account 0.75, customer account 0.65, customer company 0.5, customer contact 0.55, customer partner 0.8,
company partner 0.6, supplier partner 0.6, supplier manufacturer 0.55, supplier brand 0.6, manufacturer brand 0.75,
supplier company 0.4, person contact 0.65, person customer 0.5, person user 0.5, person employee 0.5, lead customer 0.5,
lead contact 0.5, member person 0.4, store company 0.3, branch department 0.5, agency company 0.5,
owner user 0.7, owner manager 0.65, owner employee 0.5, user employee 0.65, manager director 0.7, user login 0.8,
salesperson employee 0.7, salesperson manager 0.6, salesperson owner 0.6, author user 0.4, author person 0.4,
image link 0.3, link website 0.85, link slug 0.55, file image 0.5, file document 0.6, reference link 0.4,
stock quantity 0.8, quantity number 0.6, quantity total 0.4, volume quantity 0.3, size area 0.5, size quantity 0.4,
begin create 0.4, end deadline 0.65, published create 0.5, published begin 0.3, founded create 0.5, founded begin 0.5,
founded registration 0.5, visit update 0.3, payment amount 0.3, duration time 0.4, schedule time 0.4, year date 0.6,
role job 0.7, title job 0.5, sequence job 0.8, sequence title 0.4, occupation job 0.75, occupation role 0.5, job position 0.8, salutation title 0.4, salutation suffix 0.2,
order sequence 0.2, order number 0.2, source channel 0.8, source campaign 0.4, opportunity amount 0.3, lead source 0.3,
task ticket 0.5, event task 0.4, keyword label 0.7, keyword category 0.4, industry category 0.4, industry type 0.3,
education school 0.9, artist author 0.5, artist person 0.4, song title 0.6, book title 0.4, film title 0.4,
film product 0.3, album title 0.3, copyright license 0.4, publisher company 0.3, journal conference 0.6,
rate price 0.5, rate percent 0.6, discount percent 0.3, default standard 0.8, phone contact 0.35, email contact 0.35,
mobile phone 0.5, price sale 0.4, warranty duration 0.3, store stock 0.5, custom extra 0.4, variant type 0.3,
variant product 0.5, contract document 0.4, invoice document 0.5, order document 0.3, order invoice 0.4
`
  .split(",")
  .map((line) => line.trim().split(" "))
  .map(([left, right, near]) => [left!, right!, Number(near)]);

/** Concepts of which a name holds one at most: two names that hold different ones mean different things. */
export const opposites: string[][] = `
first last middle full
billing shipping
begin end
create update delete birth death hire published deadline
maximum minimum average
home work mobile
old new
latitude longitude
width height depth length weight
mother father spouse sibling
net gross
debit credit
phone fax email
bedroom bathroom
date by
parent child
discount tax
internal public
`
  .trim()
  .split("\n")
  .map((line) => line.split(" "));

/** Concepts that stand in many names and tell little, with their weight; all others weigh 1. */
export const weights: Record<string, number> = {
  identifier: 0.55,
  number: 0.6,
  name: 0.6,
  code: 0.6,
  type: 0.75,
  value: 0.5,
  date: 0.6,
  time: 0.5,
  title: 0.65,
  label: 0.7,
  full: 0.4,
  default: 0.35,
  flag: 0.35,
  link: 0.7,
  reference: 0.6,
  list: 0.4,
  text: 0.6,
  custom: 0.3,
  extra: 0.8,
  unit: 0.6,
  rate: 0.8,
  total: 0.7,
  amount: 0.75,
};

/** Words that carry no meaning of their own in a name. */
export const fillers = new Set(
  "the a an of or is has tbl table fld field col column fk for in and with to hs c в и о по на для с der die das de del la le du di".split(
    " ",
  ),
);
